"""axe-core in a page, with the rules of WCAG 2.2 A and AA; what it cannot decide is kept apart."""

from pathlib import Path

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async (tags) => {
    const found = await axe.run(document, {
        runOnly: { type: "tag", values: tags },
        resultTypes: ["violations", "incomplete"],
        elementRef: false,
    });
    const short = (rule) => ({
        rule: rule.id,
        nodes: rule.nodes.map((node) => ({
            target: node.target.join(" "),
            why: node.any.concat(node.all, node.none).map((check) =>
                [check.id].concat((check.data && check.data.messageKey) || []).join("/")).join(" "),
            said: node.failureSummary,
        })),
    });
    return { violations: found.violations.map(short), incomplete: found.incomplete.map(short) };
}"""


def script():
    """Return the text of axe-core as axe-playwright-python brings it."""
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


def run_axe(page):
    """Return what axe-core finds in a page whose context has its script.

    Init scripts and functions that are evaluated pass a strict content security policy, so that the
    page is tested under the policy that it is served with.
    """
    return page.evaluate(RUN, TAGS)


def faults(found):
    """Return the violations as lines: rule, element, what to do."""
    return [
        f"{each['rule']}: {node['target']}: {' '.join(node['said'].split())}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def undecided(found):
    """Return what axe-core could not decide, as pairs of a rule and its reason."""
    return {(each["rule"], node["why"]) for each in found["incomplete"] for node in each["nodes"]}
