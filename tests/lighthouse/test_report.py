"""The report takes medians, asks 95 of each, and fails where one is lower."""

from unittest import TestCase

from .report import CATEGORIES, below, document, medians, scores_of

GOOD = dict.fromkeys(CATEGORIES, 100)


def answer(score):
    audits = {"a": {"title": "An audit", "score": score, "scoreDisplayMode": "numeric"}}
    part = {"score": score, "auditRefs": [{"id": "a", "weight": 1}]}
    return {"categories": dict.fromkeys(CATEGORIES, part), "audits": audits}


class Report(TestCase):
    def test_one_slow_run_of_five_does_not_decide(self):
        runs = [GOOD, GOOD, {**GOOD, "performance": 60}, {**GOOD, "performance": 97}, GOOD]
        self.assertEqual(medians(runs), GOOD)

    def test_a_median_below_95_fails(self):
        for name in CATEGORIES:
            self.assertEqual(below({"list": {**GOOD, name: 94}}), [("list", name, 94)])
        self.assertEqual(below({"list": GOOD}), [])

    def test_a_search_engine_need_not_find_the_ballot_but_all_else_is_asked_of_it(self):
        self.assertEqual(below({"ballot": {**GOOD, "seo": 60}}), [])
        self.assertEqual(below({"ballot": {**GOOD, "performance": 60}}), [("ballot", "performance", 60)])

    def test_scores_are_per_cent_and_name_what_cost_points(self):
        scores, lost = scores_of(answer(0.5))
        self.assertEqual(scores["seo"], 50)
        self.assertIn("seo: An audit", lost)
        self.assertEqual(scores_of(answer(1))[1], set())

    def test_the_document_holds_median_and_lowest(self):
        low = {**GOOD, "performance": 96}
        text = document({"list": GOOD}, {"list": low}, {"list": 50_400}, 5, "12.8.2")
        self.assertIn("| list | 100 (96) | 100 | 100 | 100 | 50 kB |", text)
