"""The ledger's files as a stranger's program gets them: C2SP tlog-tiles, every byte under a signed head."""

import json
import secrets
from unittest import mock

from django.db import transaction
from django.test import Client, TestCase
from django.utils import timezone

from tests.factories import cast, make_open_poll, make_poll, temporary_keys
from tests.naive import tree_hash
from tests.tallies import count, settle
from voting.heads import append_entries, sign_entries, signer_here
from voting.keeper import ballot_leaf, keep_poll, locked_poll
from voting.ledger.checkpoint import parse_checkpoint
from voting.ledger.head import open_head
from voting.ledger.tile import parse_bundle, tiles_of
from voting.ledger.tree import leaf_hash
from voting.lifecycle import announce_poll
from voting.manifest import plan_of
from voting.models import Checkpoint, Entry, Tile

FOR_EVER = "public, immutable, max-age=31536000"


def add_ballots(poll, count):
    """Append the leaves of that many ballot entries, unsigned."""
    leaves = sorted(ballot_leaf("1", secrets.token_bytes(32)) for _one in range(count))
    with transaction.atomic():
        append_entries(locked_poll(poll), [("ballot", leaf) for leaf in leaves])


def sign(poll):
    sign_entries(poll, plan_of(poll), signer_here())


class Reader:
    """A stranger's client: it knows the specification and nothing of us."""

    def __init__(self, poll):
        self.client, self.prefix = Client(), f"/ledger/{poll.slug}/"

    def get(self, path):
        return self.client.get(self.prefix + path)

    def head(self):
        note = self.get("checkpoint").content.decode()
        return parse_checkpoint(note.partition("\n\n")[0] + "\n")

    def path(self, level, index, width):
        digits = f"{index:03}" if index < 1000 else f"x{index // 1000:03}/{index % 1000:03}"
        return f"tile/{level}/{digits}" + (f".p/{width}" if width < 256 else "")

    def fetch_all(self, size):
        """Fetch every tile and bundle of a tree of this size; return their bytes by path."""
        found = {}
        for level in ("entries", 0, 1, 2):
            count = size >> 8 * (0 if level == "entries" else level)
            for index in range(-(-count // 256)):
                path = self.path(level, index, min(256, count - 256 * index))
                found[path] = self.get(path).content
        return found


@temporary_keys
class TilesTest(TestCase):
    def setUp(self):
        self.poll = make_open_poll(rehearsal=True)
        keep_poll(self.poll, timezone.now(), {})
        self.reader = Reader(self.poll)

    def grow_to(self, size):
        add_ballots(self.poll, size - Entry.objects.filter(poll=self.poll).count())
        sign(self.poll)

    def test_what_is_served_leads_to_the_signed_root_at_every_size(self):
        served = {}
        for size in (2, 3, 255, 256, 257, 511, 512, 700):
            if size > 2:
                self.grow_to(size)
            head = self.reader.head()
            self.assertEqual(head.size, size)
            files = self.reader.fetch_all(size)
            leaves = [
                leaf for path, data in files.items() if "entries" in path for leaf in parse_bundle(data)
            ]
            self.assertEqual(len(leaves), size)
            self.assertEqual(tree_hash(leaves), head.root)
            for path, data in files.items():
                _tile, level, index, *_width = path.replace(".p", "").split("/")
                if level != "entries":
                    span = 256 ** int(level)
                    first = int(index) * 256 * span
                    parts = [leaves[at : at + span] for at in range(first, size - span + 1, span)][:256]
                    self.assertEqual(data, b"".join(map(tree_hash, parts)), path)
            for path, data in served.items():
                self.assertEqual(self.reader.get(path).content, data, path)
            served |= files
        self.assertEqual(len([path for path in served if path.startswith("tile/1/")]), 2)

    def test_the_control_another_leaf_would_lead_to_another_root(self):
        leaves = parse_bundle(self.reader.get("tile/entries/000.p/2").content)
        self.assertEqual(tree_hash(leaves), self.reader.head().root)
        self.assertNotEqual(tree_hash([leaves[0], leaves[1] + b" "]), self.reader.head().root)

    def test_every_smaller_width_is_the_beginning_of_the_tile(self):
        self.grow_to(260)
        for level, unit in (("0", 32), ("1", 32)):
            widest = 256 if level == "0" else 1
            whole = self.reader.get(self.reader.path(level, 0, widest)).content
            self.assertEqual(len(whole), widest * unit)
            for width in {1, 2, 7, 255} if level == "0" else {1}:
                part = self.reader.get(f"tile/{level}/000.p/{width}").content
                self.assertEqual(part, whole[: unit * width])
        leaves = parse_bundle(self.reader.get("tile/entries/000").content)
        self.assertEqual(parse_bundle(self.reader.get("tile/entries/000.p/9").content), leaves[:9])
        hashes = self.reader.get("tile/0/000").content
        self.assertEqual(b"".join(map(leaf_hash, leaves)), hashes)

    def test_tiles_beside_the_specification_or_ahead_of_the_head_are_not_there(self):
        self.grow_to(300)
        add_ballots(self.poll, 5)  # Not signed.
        self.assertEqual(Entry.objects.filter(poll=self.poll).count(), 305)
        for path in ("tile/0/001.p/44", "tile/entries/001.p/44", "tile/0/000", "tile/1/000.p/1"):
            self.assertEqual(self.reader.get(path).status_code, 200, path)
        for path in (
            "tile/0/001.p/45",
            "tile/entries/001.p/45",
            "tile/0/001",
            "tile/entries/001",
            "tile/0/002",
            "tile/1/000",
            "tile/1/000.p/2",
            "tile/2/000.p/1",
            "tile/63/000",
            "tile/64/000",
            "tile/00/000",
            "tile/0/0",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/x000/000",
            "tile/0/000/",
            "tile/0/-01",
            "tile/0/٠٠٠",
            "tile/data/000",
            "tile/0/" + "x999/" * 30 + "999",
            "tile/0/../checkpoint",
            "tile/",
            "tiles/0/000",
        ):
            self.assertEqual(self.reader.get(path).status_code, 404, path)
        sign(self.poll)
        self.assertEqual(self.reader.get("tile/0/001.p/45").status_code, 200)

    def test_a_tile_that_the_database_lost_is_told_to_the_log_and_not_cut_short(self):
        self.grow_to(300)
        Entry.objects.filter(poll=self.poll, index=299)._raw_delete("default")
        Tile.objects.filter(poll=self.poll, level=0, index=1).delete()
        for path in ("tile/entries/001.p/44", "tile/0/001.p/44"):
            with self.assertLogs("voting.tiles", "ERROR") as log:
                self.assertEqual(self.reader.get(path).status_code, 404)
            self.assertIn(path, log.output[0])

    def test_types_and_caching_are_those_of_the_specification(self):
        kinds = {
            "checkpoint": ("text/plain; charset=utf-8", "public, max-age=5"),
            "tile/0/000.p/2": ("application/octet-stream", FOR_EVER),
            "tile/entries/000.p/2": ("application/octet-stream", FOR_EVER),
            "files.txt": ("text/plain; charset=utf-8", "public, max-age=5"),
            "heads.jsonl": ("application/jsonl; charset=utf-8", "public, max-age=5"),
            "manifest.json": ("application/json", "public, max-age=60"),
        }
        for path, (kind, caching) in kinds.items():
            answer = self.reader.get(path)
            self.assertEqual((answer["Content-Type"], answer["Cache-Control"]), (kind, caching), path)
            self.assertFalse(answer.cookies)
            self.assertNotIn("Vary", answer)
            self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
            self.assertIn("https://c2sp.org/tlog-tiles", answer["Link"])
            self.assertEqual(self.reader.client.head(self.reader.prefix + path).status_code, 200)
            for method in (self.reader.client.post, self.reader.client.put, self.reader.client.delete):
                self.assertEqual(method(self.reader.prefix + path).status_code, 405)

    def test_a_voter_and_any_language_get_the_same_bytes(self):
        voter = Client(headers={"Accept-Language": "en"})
        voter.cookies["device"] = "a device"
        voter.cookies["django_language"] = "en"
        for path in ("checkpoint", "tile/0/000.p/2", "tile/entries/000.p/2"):
            other = voter.get(self.reader.prefix + path)
            self.assertEqual(other.content, self.reader.get(path).content)
            self.assertEqual(voter.get("/en" + self.reader.prefix + path).status_code, 404)

    def test_who_has_the_checkpoint_gets_it_again_only_once_it_changed(self):
        etag = self.reader.get("checkpoint")["ETag"]

        def again():
            address = self.reader.prefix + "checkpoint"
            return self.reader.client.get(address, headers={"If-None-Match": etag}).status_code

        self.assertEqual(again(), 304)
        self.grow_to(3)
        self.assertEqual(again(), 200)

    def test_all_heads_are_there_in_order_and_signed(self):
        for size in (5, 40):
            self.grow_to(size)
        plan = plan_of(self.poll)
        data = b"".join(self.reader.get("heads.jsonl").streaming_content)
        heads = [
            open_head(json.loads(line)["note"], plan.origin, bytes.fromhex(plan.keys["ledger"]))
            for line in data.splitlines()
        ]
        self.assertEqual([head.checkpoint.size for head in heads][-2:], [5, 40])
        self.assertEqual(len(heads), Checkpoint.objects.filter(poll=self.poll).count())
        self.assertEqual(heads[-1].note, self.reader.get("checkpoint").content.decode())

    def test_the_list_of_files_names_what_a_mirror_needs_and_nothing_else(self):
        self.grow_to(300)
        add_ballots(self.poll, 5)  # Not signed.
        start = f"http://testserver{self.reader.prefix}"
        data = b"".join(self.reader.get("files.txt").streaming_content).decode()
        paths = [line.removeprefix(start) for line in data.splitlines()]
        self.assertEqual(
            set(paths), {*self.reader.fetch_all(300), "manifest.json", "heads.jsonl", "checkpoint"}
        )
        self.assertEqual({self.reader.get(path).status_code for path in paths}, {200})

    def test_a_mirror_gets_no_tile_twice(self):
        first = self.reader.get("tile/0/000.p/2")
        since = {"If-Modified-Since": first["Last-Modified"]}
        again = self.reader.client.get(self.reader.prefix + "tile/0/000.p/2", headers=since)
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.assertEqual(again["Cache-Control"], FOR_EVER)
        self.assertNotIn("Last-Modified", self.reader.get("checkpoint"))

    def test_a_tile_costs_three_queries_whatever_the_size(self):
        for size in (3, 600):
            self.grow_to(size)
            for path in ("tile/0/000.p/3", "tile/entries/000.p/3"):
                with self.assertNumQueries(3):
                    self.reader.get(path)
            with self.assertNumQueries(2):
                self.reader.get("checkpoint")


@temporary_keys
class WhoHasALedgerTest(TestCase):
    PATHS = ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1", "heads.jsonl", "manifest.json")

    def answers(self, poll):
        return [Reader(poll).get(path).status_code for path in self.PATHS]

    def test_drafts_and_announced_polls_have_none(self):
        draft = make_poll()
        self.assertEqual(self.answers(draft), [404] * 5)
        self.assertEqual(self.answers(announce_poll(poll=draft)), [404] * 5)

    def test_an_opened_one_has_what_is_signed(self):
        poll = make_open_poll()
        self.assertEqual(self.answers(poll), [404, 404, 404, 200, 200])
        keep_poll(poll, timezone.now(), {})
        self.assertEqual(self.answers(poll), [200] * 5)


@temporary_keys
class DocumentsTest(TestCase):
    def ready(self, **fields):
        poll = make_open_poll(**fields)
        cast(poll, codes=["101", "201"])
        poll = settle(poll)
        self.reader = Reader(poll)
        count(poll)
        return poll

    def status(self, *names):
        return [self.reader.get(f"documents/{name}").status_code for name in names]

    def test_marks_and_tally_are_there_once_counted_and_reveals_for_whom_the_rules_say(self):
        poll = self.ready()
        self.assertEqual(self.status("marks-1.txt", "tally.json", "reveals-1.jsonl"), [200, 200, 404])
        named = json.loads(bytes(Entry.objects.get(poll=poll, type="tally").leaf))["documents"]
        for document in named:
            data = b"".join(self.reader.get(f"documents/{document['name']}").streaming_content)
            self.assertEqual(len(data), document["length"])
        self.ready(reveals="everyone")
        self.assertEqual(self.status("reveals-1.jsonl"), [200])

    def test_nothing_is_there_before_results_may_be_seen(self):
        self.ready(results_from="certified", reveals="everyone")
        self.assertEqual(self.status("marks-1.txt", "tally.json", "reveals-1.jsonl"), [404] * 3)
        with mock.patch("voting.models.Poll.may_see_results", lambda *rest, **more: True):
            self.assertEqual(self.status("marks-1.txt"), [200])  # The control: only the embargo hides it.

    def test_what_is_not_published_of_the_chosen_alone_stays_hidden(self):
        self.ready(publish="chosen_in_list_order")
        self.assertEqual(self.status("marks-1.txt", "tally.json"), [404] * 2)

    def test_other_files_beside_them_are_not_handed_out(self):
        self.ready()
        self.assertEqual(self.status("manifest.json", "..%2Fsecret-key", ".marks-1.txt", "x"), [404] * 4)


class ToolsTest(TestCase):
    def test_the_reader_asks_for_what_the_specification_names(self):
        """The control of the reader: its list of files is the specification's."""
        reader = Reader(mock.Mock(slug="x"))
        for size in (1, 256, 257, 70_000):
            asked = []
            reader.get = lambda path, asked=asked: asked.append(path) or mock.Mock()
            reader.fetch_all(size)
            self.assertEqual(len(set(asked)), len(list(tiles_of(size))))
