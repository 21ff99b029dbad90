"""Nothing acknowledged is lost: the reply follows a commit that is known to be durable."""

import threading
import time
from unittest import skipUnless

from django.core.checks import run_checks
from django.db import connection
from django.test import TransactionTestCase

from voting.casting import Cast, CastRefused, cast_ballot
from voting.models import PendingEnvelope

from .factories import make_open_poll, make_post, temporary_keys

POSTGRESQL = connection.vendor == "postgresql"


def may_change_server():
    """Say whether this role may set what the whole server waits for (as in a server of the tests' own)."""
    if not POSTGRESQL:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        return cursor.fetchone()[0] == "on"


class TheDatabaseKeepsWhatItAcknowledges(TransactionTestCase):
    databases = {"default"}

    def test_the_start_up_check_is_content(self):
        self.assertEqual(run_checks(databases=["default"]), [])

    def test_the_start_up_check_refuses_a_database_that_does_not_flush(self):
        name = "synchronous_commit = off" if POSTGRESQL else "PRAGMA synchronous = NORMAL"
        with connection.cursor() as cursor:
            cursor.execute(f"SET {name}" if POSTGRESQL else name)
        self.addCleanup(connection.close)
        self.assertEqual([error.id for error in run_checks(databases=["default"])], ["voting.E001"])

    @skipUnless(POSTGRESQL, "only PostgreSQL has a server's log")
    def test_the_start_up_check_warns_of_a_server_that_logs_statements(self):
        if not may_change_server():
            self.skipTest("the database role may not change the server's settings")
        with connection.cursor() as cursor:
            cursor.execute("SET log_min_error_statement = error")
        self.addCleanup(connection.close)
        self.assertEqual([warning.id for warning in run_checks(databases=["default"])], ["voting.W004"])

    @skipUnless(not POSTGRESQL, "SQLite's own settings")
    def test_sqlite_runs_as_designed(self):
        with connection.cursor() as cursor:
            values = [
                cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
            ]
        self.assertEqual(values, ["wal", 2])
        self.assertEqual(connection.transaction_mode, "IMMEDIATE")


@skipUnless(POSTGRESQL, "only PostgreSQL has standbys to wait for")
@temporary_keys
class AStandbyThatNeverAnswers(TransactionTestCase):
    """The commit waits for a standby that does not exist, until somebody cancels the wait."""

    def setUp(self):
        if not may_change_server():
            self.skipTest("the database role may not change the server's settings")
        self.poll = make_open_poll()
        self.post = make_post(self.poll)

    def cast_while_waiting(self):
        """Cast with the standby missing, the wait cancelled by another connection."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        wait_for_standby("nobody")
        self.addCleanup(wait_for_standby, "")
        helper = threading.Thread(target=cancel_wait, args=[pid])
        helper.start()
        try:
            return cast_ballot(**self.post)
        finally:
            helper.join()
            wait_for_standby("")

    def test_a_cancelled_wait_is_not_confirmed_and_a_second_press_is_safe(self):
        with self.assertRaises(CastRefused) as caught:
            self.cast_while_waiting()
        self.assertEqual(caught.exception.code, "unconfirmed")
        self.assertEqual(PendingEnvelope.objects.count(), 1, "PostgreSQL has stored it all the same")
        self.assertIsInstance(cast_ballot(**self.post), Cast)
        self.assertEqual(PendingEnvelope.objects.count(), 1)

    def test_control_without_notices_the_ballot_would_be_acknowledged(self):
        with connection.cursor() as cursor:
            cursor.execute("SET client_min_messages = error")
        self.addCleanup(connection.close)
        self.assertIsInstance(self.cast_while_waiting(), Cast)


def own_connection():
    """Open a second connection, in autocommit, that waits for no standby itself."""
    other = connection.copy()
    other.connect()
    with other.cursor() as cursor:
        cursor.execute("SET synchronous_commit = local")
    return other


def wait_for_standby(names):
    """Set the standbys that every commit waits for; '' for none."""
    other = own_connection()
    with other.cursor() as cursor:
        cursor.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        cursor.execute("SELECT pg_reload_conf()")
    other.close()
    time.sleep(0.3)  # the reload reaches running sessions a moment later


def cancel_wait(pid):
    """Cancel the session's wait for its standby, as soon as it waits."""
    other = own_connection()
    with other.cursor() as cursor:
        for _ in range(200):
            cursor.execute("SELECT wait_event FROM pg_stat_activity WHERE pid = %s", [pid])
            if cursor.fetchone() == ("SyncRep",):
                cursor.execute("SELECT pg_cancel_backend(%s)", [pid])
                break
            time.sleep(0.05)
    other.close()
