"""The manifest's bytes and the files of a published list."""

import hashlib

from django.core.files.base import ContentFile
from django.test import TestCase

from shortlist.models import Attachment, Candidate
from voting.lifecycle import announce_poll

from .factories import digest, make_list, make_open_poll, make_poll, temporary_keys
from .pages import address, english

PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture"


@temporary_keys
class ManifestTest(TestCase):
    def test_its_bytes_have_the_hash_that_pages_show(self):
        poll = make_open_poll()
        file = self.client.get(address("manifest", poll))
        self.assertEqual(hashlib.sha256(file.content).hexdigest(), poll.manifest_sha256)
        self.assertEqual(file["Content-Type"], "application/json")

    def test_before_the_opening_there_is_none(self):
        self.assertEqual(
            self.client.get(address("manifest", announce_poll(poll=make_poll()))).status_code, 404
        )


@temporary_keys
class AttachmentTest(TestCase):
    def attach(self, name, kind, data):
        shortlist = make_list()
        candidate = Candidate.objects.get(category__shortlist=shortlist, code="101")
        attachment = Attachment(
            candidate=candidate,
            title="Photo",
            alt="A bridge",
            media_type=kind,
            size=len(data),
            sha256=digest(data),
        )
        attachment.file.save(name, ContentFile(data))
        return make_open_poll(shortlist=shortlist), attachment

    def get(self, poll, attachment):
        name = attachment.file.name.rpartition("/")[2]
        return self.client.get(address("attachment", poll, attachment.sha256, name))

    def test_the_candidate_page_names_it_with_description_and_size(self):
        poll, attachment = self.attach("bridge.png", "image/png", PICTURE)
        page = self.client.get(english("candidate", poll, "101"))
        for words in ("Photo", "A bridge", "image/png", "15\xa0bytes"):
            self.assertContains(page, words)
        name = attachment.file.name.rpartition("/")[2]
        self.assertContains(page, english("attachment", poll, attachment.sha256, name))

    def test_a_picture_is_shown_and_anything_else_is_only_saved(self):
        file = self.get(*self.attach("bridge.png", "image/png", PICTURE))
        self.assertEqual((file.content, file["Content-Type"]), (PICTURE, "image/png"))
        self.assertTrue(file["Content-Disposition"].startswith("inline"))
        self.assertEqual(file["X-Content-Type-Options"], "nosniff")
        for kind in ("text/html", "image/svg+xml"):
            file = self.get(*self.attach("page.html", kind, b"<script>" + kind.encode()))
            self.assertEqual(file["Content-Type"], "application/octet-stream")
            self.assertTrue(file["Content-Disposition"].startswith("attachment"))

    def test_a_file_that_was_changed_or_lost_is_not_handed_out(self):
        poll, attachment = self.attach("bridge.png", "image/png", PICTURE)
        with attachment.file.storage.open(attachment.file.name, "wb") as file:
            file.write(b"another picture")
        self.assertEqual(self.get(poll, attachment).status_code, 404)
        attachment.file.storage.delete(attachment.file.name)
        self.assertEqual(self.get(poll, attachment).status_code, 404)

    def test_a_file_of_another_list_is_not_handed_out_here(self):
        _poll, attachment = self.attach("bridge.png", "image/png", PICTURE)
        self.assertEqual(self.get(make_open_poll(), attachment).status_code, 404)
