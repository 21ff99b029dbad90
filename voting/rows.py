"""Many rows in few statements, without a model for each of them."""

from django.db import connection

PAGE = 1000  # rows a statement
INSERT = "INSERT INTO {table} ({columns}) VALUES {values}"


def insert_rows(model, names, rows):
    """Insert rows, each a tuple of column values in the order of the fields' `names`.

    Nothing but the database's own constraints and triggers looks at them; it says Django's errors. For the
    keeper, whose rows are made by the thousand: models and the text of their statement would cost more
    than the insertion.
    """
    quote = connection.ops.quote_name
    names_in = {
        "table": quote(model._meta.db_table),
        "columns": ", ".join(quote(model._meta.get_field(name).column) for name in names),
    }
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            from psycopg2.extras import execute_values

            with connection.wrap_database_errors:
                execute_values(cursor.cursor, INSERT.format(values="%s", **names_in), rows, page_size=PAGE)
        else:
            values = f"({', '.join(['%s'] * len(names))})"
            cursor.executemany(INSERT.format(values=values, **names_in), rows)
