from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VotingConfig(AppConfig):
    name = "voting"
    verbose_name = _("Polls")

    def ready(self):
        from shortlist import uses

        from . import checks  # noqa: F401  (registers the start-up checks)
        from .listing import polls_using

        if polls_using not in uses.READERS:
            uses.READERS.append(polls_using)
