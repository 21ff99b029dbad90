from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("voting", "0004_frozen_rules")]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                fields=["poll", "leaf"], condition=models.Q(type="ballot"), name="places_of_ballots"
            ),
        )
    ]
