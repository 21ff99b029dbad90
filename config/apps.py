from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Put the desk's own admin site in the place of Django's."""

    default_site = "config.desk.Desk"
