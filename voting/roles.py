"""Who of the staff may do what: one table of roles, and the backend by which Django asks it.

A role is a group of users. What its members may do stands here and in no row of the database, so that
nobody widens a role from a page; `tests/test_role_matrix.py` holds every page of the desk against it.
Superusers may do everything that one person may do: grave acts still need different people.
"""

from django.contrib.auth.backends import BaseBackend
from django.utils.translation import gettext_lazy as _

EDITOR, OFFICER, AUDITOR, KEY_HOLDER = "editor", "officer", "auditor", "key_holder"
LABELS = {
    EDITOR: _("Editor"),
    OFFICER: _("Officer"),
    AUDITOR: _("Auditor"),
    KEY_HOLDER: _("Key holder"),
}
DUTIES = {
    EDITOR: _("prepares lists and polls"),
    OFFICER: _("runs polls, approves grave acts, looks after staff"),
    AUDITOR: _("sees everything and changes nothing"),
    KEY_HOLDER: _("makes a key, opens the test envelope and the ballots"),
}


def _models(app, names, *verbs):
    """Return Django's permissions on some models of an app."""
    return {f"{app}.{verb}_{name}" for name in names.split() for verb in verbs}


def _acts(names):
    """Return this app's own permissions."""
    return {f"voting.{name}" for name in names.split()}


LIST = "shortlist category source candidate evidence point quote attachment"
ALL = ("view", "add", "change", "delete")
READING = _models("shortlist", LIST, "view") | _models("voting", "poll holiday", "view")

PERMISSIONS = {
    EDITOR: READING
    | _models("shortlist", LIST, *ALL)
    | _models("voting", "poll", "add", "change")
    | _acts("copy_poll print_papers"),
    OFFICER: READING
    | _models("shortlist", LIST, *ALL)
    | _models("voting", "poll holiday", *ALL)
    # Who looks after staff can raise nobody to officer, nor touch an officer (voting/staff/people.py). So
    # what counts as one of several approvals belongs to officers alone: a colleague's account is no second.
    | _models("auth", "user", "view", "add", "change")
    | _acts("act_announce act_key act_test act_open act_pause act_resume act_close act_extend act_correct")
    | _acts("act_annul act_exclude act_count act_certify approve")
    | _acts("see_tally see_documents see_trail see_holds see_challenge")
    | _acts("print_papers issue_codes import_roll decide_holds answer_objections copy_poll"),
    AUDITOR: READING
    | _models("auth", "user", "view")
    | _acts("see_tally see_documents see_trail see_holds see_challenge"),
    KEY_HOLDER: READING | _acts("act_key act_test act_count"),
}
EVERY = frozenset().union(*PERMISSIONS.values())


def roles_of(user) -> list[str]:
    """Return the roles of a user in the order of the table."""
    names = {group.name for group in user.groups.all()}
    return [role for role in PERMISSIONS if role in names]


class RoleBackend(BaseBackend):
    """Grants what the table grants to the groups that a user is in. It signs nobody in."""

    def get_group_permissions(self, user_obj, obj=None):
        """Return the permissions of the user's roles; none for a single object, as in Django's own."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_role_permissions"):
            granted = (PERMISSIONS[role] for role in roles_of(user_obj))
            user_obj._role_permissions = set().union(*granted)
        return user_obj._role_permissions

    def has_module_perms(self, user_obj, app_label):
        """Say whether anything of an app is granted: then the desk shows its heading."""
        return any(name.startswith(f"{app_label}.") for name in self.get_all_permissions(user_obj))
