"""What `demo` and `make_poll` set up: a poll on which one can vote at once."""

import tempfile
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils.translation import override

from voting.casting import Cast
from voting.demo import prepare_demo
from voting.holders import recover_secret
from voting.keyfile import known_secret, read_part_file
from voting.models import Poll

from .factories import cast, temporary_keys


@temporary_keys
class Demo(TestCase):
    def test_it_ends_with_the_real_list_ready_to_vote_and_a_login_that_works(self):
        demo = prepare_demo()
        page = self.client.get(demo.address_path)
        self.assertContains(page, "演示，非正式投票")
        self.assertContains(page, "脱贫攻坚取得决定性成果")
        login = {"username": demo.staff_name, "password": demo.staff_password}
        self.assertTrue(self.client.post("/admin/login/", login, follow=True).context["user"].is_superuser)
        poll = Poll.objects.get()
        self.assertTrue(poll.may_vote())
        self.assertIsInstance(cast(poll, codes=["201", "301"]), Cast)
        self.assertIsNotNone(known_secret(poll), "the demo itself holds the key to its ballots")

    def test_a_second_start_keeps_everything(self):
        first, poll = prepare_demo(), Poll.objects.get()
        self.assertEqual(prepare_demo(), first)
        self.assertEqual(Poll.objects.get().manifest_sha256, poll.manifest_sha256)

    def test_a_list_shorter_than_declared_is_said_openly(self):
        page = self.client.get(prepare_demo().address_path)
        for words in ("16", "13", "12", "深化改革"):
            self.assertContains(page, words)


@temporary_keys
class MakePoll(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("loaddata", settings.BASE_DIR / "fixtures" / "shanxi.json", verbosity=0)

    def make(self, *options):
        out = StringIO()
        with override("en"):
            if "--open" in options:
                options = (*options, "--approved-by", "Ms Li")
            call_command("make_poll", "shanxi", "--slug", "new", *options, stdout=out)
        return out.getvalue()

    def test_a_sealed_poll_is_opened_and_its_holders_file_opens_the_ballots(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "li.txt")
            self.make("--open", "--accept-short-list", "--holder-file", str(path))
            poll = Poll.objects.get()
            self.assertTrue(poll.may_vote())
            recover_secret(poll, [read_part_file(path)])

    def test_a_draft_a_rehearsal_and_an_unsealed_poll(self):
        self.make()
        self.assertEqual(Poll.objects.get().state, "draft")
        Poll.objects.all().delete()
        self.make("--rehearsal", "--unsealed", "--daily", "--open", "--accept-short-list")
        poll = Poll.objects.get()
        self.assertTrue(poll.rehearsal and poll.daily and not poll.sealed and poll.may_vote())

    def test_what_cannot_be_is_refused_with_a_sentence(self):
        for options, words in (
            (["--open"], "--holder-file FILE"),
            (["--opens", "2030-01-02T00:00", "--closes", "2030-01-01T00:00"], "must close after it opens"),
            (["--unsealed", "--open"], "shorter than its source declares"),
        ):
            with self.assertRaisesMessage(CommandError, words):
                self.make(*options)
        with self.assertRaisesMessage(CommandError, "no list"), override("en"):
            call_command("make_poll", "nowhere", "--slug", "x")
