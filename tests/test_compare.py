"""Two to four candidates side by side, from a plain form and from a link."""

import re
from decimal import Decimal

from django.test import TestCase

from shortlist.models import Candidate, Evidence, Point
from voting.lifecycle import announce_poll

from .factories import make_list, make_open_poll, make_poll, temporary_keys
from .pages import address, english


def make_list_with_evidence():
    """Make a list on which 101 has a result, 102 a target and a result, 201 nothing."""
    shortlist = make_list()
    for code, kind, label, raw in (
        ("101", "result", "Wells dug", "1200口"),
        ("102", "target", "Wells to dig", "99口"),
        ("102", "result", "Roads built", "31公里"),
    ):
        candidate = Candidate.objects.get(category__shortlist=shortlist, code=code)
        order = candidate.evidence.count() + 1
        evidence = Evidence.objects.create(candidate=candidate, kind=kind, label=label, order=order)
        Point.objects.create(
            evidence=evidence, raw=raw, value=Decimal(re.match(r"\d+", raw)[0]), unit=raw[-1], order=1
        )
    return shortlist


@temporary_keys
class ComparePage(TestCase):
    def setUp(self):
        self.poll = make_open_poll(shortlist=make_list_with_evidence())

    def get(self, *codes, poll=None):
        return self.client.get(english("compare", poll or self.poll), {"codes": list(codes)})

    def columns(self, page):
        head = page.content.decode().partition("<thead>")[2].partition("</thead>")[0]
        return re.findall(r'class="number">(\d+)<', head)

    def test_it_puts_two_to_four_beside_each_other(self):
        for codes in (["101", "102"], ["101", "102", "201"], ["101", "102", "103", "204"]):
            page = self.get(*codes)
            self.assertEqual((page.status_code, self.columns(page)), (200, codes))

    def test_codes_come_as_boxes_or_as_one_link_and_stand_in_the_order_of_the_list(self):
        self.assertEqual(self.columns(self.get("201,101", "102", "101")), ["101", "102", "201"])

    def test_each_kind_is_a_row_in_which_who_has_none_says_so(self):
        body = self.get("101", "102", "201").content.decode()
        rows = re.findall(
            r'<tr class="named">.*?class="kind kind-(\w+)".*?</tr>\s*<tr>(.*?)</tr>', body, re.S
        )
        told = {kind: [cell.split("</td>")[0] for cell in row.split("<td>")[1:]] for kind, row in rows}
        self.assertEqual(set(told), {"result", "target"})
        self.assertIn("1200口", told["result"][0])
        self.assertIn("31公里", told["result"][1])
        self.assertIn("nothing-here", told["result"][2])
        self.assertIn("nothing-here", told["target"][0])
        self.assertIn("99口", told["target"][1])

    def test_a_figure_leads_to_its_evidence(self):
        page = self.get("101", "102")
        self.assertContains(page, f'href="{english("candidate", self.poll, "102")}#evidence-2"')

    def test_unlike_figures_share_no_chart(self):
        self.assertNotContains(self.get("101", "102"), '<figure class="chart">')

    def test_the_whole_text_is_there(self):
        self.assertContains(self.get("101", "102"), "Title 101。Text.")

    def test_with_one_the_others_are_chosen_next(self):
        page = self.get("102")
        self.assertContains(page, "Choose one to three more to put beside 102.")
        self.assertEqual(re.findall(r'value="(\d{3})" checked', page.content.decode()), ["102"])

    def test_with_none_it_asks_for_two_to_four(self):
        page = self.client.get(english("compare", self.poll))
        self.assertContains(page, "Choose two to four candidates.")
        self.assertContains(page, 'type="checkbox"', 9)

    def test_five_are_refused_and_all_five_stay_ticked(self):
        page = self.get("101", "102", "103", "104", "105")
        self.assertContains(page, "You chose 5; at most four fit side by side.", status_code=422)
        self.assertContains(page, " checked>", 5, status_code=422)

    def test_what_is_no_candidate_is_named_and_cannot_bring_in_markup(self):
        page = self.get("101", "999", "<b>")
        self.assertContains(page, "There is no candidate 999, &lt;b&gt; on this list.", status_code=422)
        self.assertNotContains(page, "<b>", status_code=422)

    def test_a_post_is_refused_and_a_draft_is_nobodys(self):
        self.assertEqual(self.client.post(english("compare", self.poll)).status_code, 405)
        self.assertEqual(self.get("101", "102", poll=make_poll()).status_code, 404)
        announced = announce_poll(poll=make_poll())
        self.assertEqual(self.get("101", "102", poll=announced).status_code, 200)

    def test_the_other_language_compares_the_same(self):
        page = self.get("101", "102")
        self.assertContains(page, f'href="{address("compare", self.poll)}?codes=101,102"')

    def test_a_rotated_poll_compares_in_the_order_of_the_address(self):
        poll = make_open_poll(order_rule="rotated", order_variants=5)
        page = self.client.get(english("compare", poll), {"codes": "101,104", "order": "4"})
        self.assertEqual(self.columns(page), ["104", "101"])
        self.assertContains(page, f'href="{address("compare", poll)}?codes=104,101&amp;order=4"')

    def test_list_and_candidate_lead_to_it(self):
        listed = self.client.get(address("list", self.poll))
        self.assertContains(listed, 'name="codes"', 9)
        self.assertContains(
            listed,
            f'id="compare" class="to-compare-bar" method="get" action="{address("compare", self.poll)}"',
        )
        one = self.client.get(address("candidate", self.poll, "101"))
        self.assertContains(one, f'href="{address("compare", self.poll)}?codes=101"')

    def test_it_costs_as_many_queries_for_two_as_for_four(self):
        self.get("101", "102")
        with self.assertNumQueries(1):
            self.get("101", "102")
        with self.assertNumQueries(1):
            self.get("101", "102", "103", "104")
