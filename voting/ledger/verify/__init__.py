"""The verifier: everything that anyone can check from a bundle, without network and without our server."""

from collections import defaultdict
from contextlib import ExitStack

from ..canonical import parse_canonical
from .ballots import Commitments, check_marks, check_reveals, check_tally, counted_section
from .heads import marks_of, read_heads
from .holds import Apart, Lists, check_with_excluded
from .outcome import check_corrections, check_result
from .plan import read_plan
from .report import Fault, Report
from .source import LISTING
from .tree import tile_names, walk
from .voters import check_pledge, check_proof, check_shared, mark_of, read_pledge, read_proof

FORMAT = "shortlist/bundle/v1"
AUDIENCES = ("public", "auditor")


def verify(
    bundle, *, manifest="", heads=(), pledges=(), proofs=(), progress=lambda done, total: None
) -> Report:
    """Check a bundle and return the Report.

    `manifest` is a hash known from elsewhere, `heads` lines as printed in newspapers, `pledges` and
    `proofs` the texts of files that voters keep. `progress(done, total)` is called now and then.
    """
    report = Report()
    with ExitStack() as stack:
        try:
            _verify(bundle, report, stack, manifest, heads, pledges, proofs, progress)
        except Fault as fault:
            report.failed("bundle", fault.en, fault.zh)
    _say_what_nobody_checks(report, heads, pledges)
    return report


def _verify(bundle, report, stack, manifest, typed, pledges, proofs, progress):
    listing = _check_listing(bundle, report)
    plan = _check_manifest(bundle, report, manifest)
    heads = read_heads(bundle, plan)
    number = len(heads)
    report.passed(
        "heads",
        f"{number} heads carry both signatures of the ledger's key.",
        f"{number} 个存证摘要的两种签名均有效。",
    )
    read = _accepted(report, "proof", read_proof, proofs, plan)
    known = _accepted(report, "proof", mark_of, [head for _proof, head in read], heads[-1])
    marks = sorted([*marks_of(heads, typed, plan), *known])
    given = _accepted(report, "pledge", read_pledge, dict.fromkeys(pledges), plan)
    wanted = {item for pledge in given for item in pledge.commitments.items()}
    places, commitments = defaultdict(list), Commitments(stack, plan.sections)
    documents = _Documents(bundle)
    lists = Lists(documents, plan)

    def take_ballot(index, category, value):
        commitments.add(category, value)
        lists.take(index, category, value)
        if (category, value) in wanted:
            places[category, value].append(index)

    history = walk(bundle, plan, marks, take_ballot, progress)
    size = heads[-1].checkpoint.size
    report.passed(
        "tree",
        f"All tiles and all heads belong to one tree of {size} entries.",
        f"全部分片与存证摘要属于同一棵 {size} 条的树。",
    )
    if typed:
        report.passed(
            "typed",
            f"{len(typed)} heads from elsewhere belong to it.",
            f"另行键入的 {len(typed)} 个存证摘要与之相符。",
        )
    report.passed(
        "entries",
        f"Every entry may stand where it stands; {history.total} ballots, one entry in each category.",
        f"每个条目都合乎规则；共 {history.total} 张选票，每类各一条。",
    )
    if history.repaired:
        entries = sum(map(len, history.repaired))
        report.unchecked(
            "repaired",
            f"After a restored backup {entries} entries were put back, and {history.lost} ballots are lost: "
            "the ledger says so, and only its keepers can say why.",
            f"备份恢复后补回 {entries} 条，另有 {history.lost} 张选票的内容丢失：登记簿如此记载，"
            "原因须由主办方说明。",
        )
    _check_names(bundle, listing, size, history, plan)
    for pledge in given:
        report.note("pledge", check_pledge, pledge, places, heads)
    if len(given) > 1:
        report.note("pledges", check_shared, given, places)
    for proof, head in read:
        if head.checkpoint.size <= size:
            report.note("proof", check_proof, bundle, proof, head, size)
    if number := check_corrections(documents, plan, history):
        report.passed(
            "corrections",
            f"{number} corrections say what their entries say.",
            f"{number} 次更正的文件与登记条目一致。",
        )
    if history.annulled:
        report.unchecked("annulled", "The poll was annulled.", "本次投票已宣布无效。")
    lists.check(history)
    _say_held(report, history.groups, lists)
    _check_count(documents, report, plan, history, commitments, progress, lists)


def _accepted(report, check, act, papers, *rest):
    """Return what `act` makes of each paper; one that is refused is noted and the others go on."""
    found = []
    for paper in papers:
        try:
            found.append(act(paper, *rest))
        except Fault as fault:
            report.failed(check, fault.en, fault.zh)
    return found


def _check_listing(bundle, report):
    """Return the listing; every file has the length and hash that it says."""
    try:
        listing = parse_canonical(bundle.read(LISTING))
        files = {item["name"]: (item["length"], item["sha256"]) for item in listing["files"]}
        rows = [{"name": name, "length": files[name][0], "sha256": files[name][1]} for name in sorted(files)]
        if listing != {
            "format": FORMAT,
            "audience": listing["audience"],
            "poll": listing["poll"],
            "files": rows,
        }:
            raise ValueError("unknown members or order")
        if listing["audience"] not in AUDIENCES:
            raise ValueError("unknown audience")
        if any(type(length) is not int for length, _sha256 in files.values()):
            raise ValueError("a length that is no number")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault(f"{LISTING} cannot be read: {error!r}.", f"{LISTING} 无法读取。") from None
    differ = sorted(bundle.names ^ {LISTING, *files})
    if differ:
        raise Fault(
            f"These files are missing or not listed: {', '.join(differ[:5])}.",
            f"文件与清单不符：{'、'.join(differ[:5])}。",
        )
    for name, expected in files.items():
        if bundle.digest(name) != expected:
            raise Fault(f"{name} is not the file that {LISTING} lists.", f"{name} 与清单不符。")
    report.passed(
        "files", f"{len(files)} files are those that the list names.", f"{len(files)} 个文件与清单一致。"
    )
    return listing


def _check_manifest(bundle, report, known):
    plan = read_plan(bundle.read("manifest.json"))
    if known and known.lower().replace(" ", "") != plan.sha256:
        raise Fault(
            f"The manifest's check code is {plan.sha256}, not the one given.",
            f"方案校验码是 {plan.sha256}，与所给的不同。",
        )
    if known:
        report.passed(
            "manifest",
            f"The manifest is the one named: {plan.sha256}.",
            f"投票方案与所给校验码一致：{plan.sha256}。",
        )
    else:
        report.unchecked(
            "manifest",
            f"Compare the manifest's check code with the one on your receipt: {plan.sha256}.",
            f"请将方案校验码与您的回执核对：{plan.sha256}。",
        )
    return plan


def _check_names(bundle, listing, size, history, plan):
    """Raise Fault where a file lies there that belongs to nothing, or a document is not the entered one."""
    if listing["poll"] != plan.uid:
        raise Fault(f"{LISTING} names another poll.", f"{LISTING} 属于另一次投票。")
    documents = {f"documents/{name}": expected for name, expected in history.documents.items()}
    belongs = {LISTING, "manifest.json", "checkpoint", "heads.jsonl"} | tile_names(size) | documents.keys()
    strange = sorted(bundle.names - belongs)
    if strange:
        raise Fault(
            f"These files belong to no entry: {', '.join(strange[:5])}.",
            f"下列文件不属于任何条目：{'、'.join(strange[:5])}。",
        )
    for name in bundle.names & documents.keys():
        if bundle.digest(name) != documents[name]:
            raise Fault(f"{name} is not the document that was entered.", f"{name} 与登记的文件不符。")


def _say_held(report, groups, lists):
    """Say what the lists of held ballots show, and that nobody can check from files why they were held."""
    if not groups.rules:
        return
    if lists.is_complete(groups):
        report.passed(
            "holds",
            f"{len(groups.rules)} groups were held, {len(groups.excluded)} of them excluded: "
            f"{lists.excluded} ballots.",
            f"共有 {len(groups.rules)} 组选票待核查，其中 {len(groups.excluded)} 组不予计入，"
            f"计 {lists.excluded} 张。",
        )
    else:
        report.unchecked(
            "holds", "The lists of held ballots are not in these files.", "文件中没有待核查选票的清单。"
        )


def _check_count(documents, report, plan, history, commitments, progress, lists):
    if "tally" not in history.seen:
        report.unchecked("count", "The poll is not counted yet.", "尚未计票。")
        return
    selections, aside = {}, {}
    for section in plan.sections:
        apart = Apart(lists.commitments[section.code]) if lists.out else None
        found = _check_section(report, plan, section, documents, commitments, progress, apart)
        if found is not None:
            selections[section.code] = found
        if f"reveals-{section.code}.jsonl" in documents.names:
            aside[section.code] = apart or Apart(frozenset())
    if "tally.json" not in documents.names:
        report.unchecked("tally", "The tally is not in these files.", "文件中没有计票文件。")
        return
    tally = check_tally(documents.read("tally.json"), plan, history, selections)
    if lists.is_complete(history.groups) and tally["not_counted"].get("excluded", 0) != lists.excluded:
        raise Fault(
            f"The lists exclude {lists.excluded} ballots, the tally another number.",
            f"清单中不予计入 {lists.excluded} 张，与计票不符。",
        )

    def count(section, found):
        return counted_section(plan, section, found, history.withdrawn)

    check_with_excluded(tally, plan, selections, aside, count)
    if len(selections) == len(plan.sections):
        report.passed(
            "tally",
            f"The count was repeated: {tally['ballots']} ballots.",
            f"已重新计票，结果一致：{tally['ballots']} 张选票。",
        )
    else:
        report.unchecked(
            "tally",
            "The marks are not all in these files, so the count cannot be repeated.",
            "文件中没有全部所选公布文件，无法重新计票。",
        )
    if "result" in history.seen:
        if "result.json" not in documents.names:
            raise Fault("result.json is not in these files.", "文件中没有 result.json。")
        digest = history.documents["tally.json"][1]
        check_result(documents.read("result.json"), plan, history, tally, digest)
        report.passed(
            "result",
            "The certified result is what the manifest's rule makes of the tally.",
            "核定结果与计票及投票方案的并列规则一致。",
        )
    if set_aside := sum(tally["not_counted"].values()):
        report.unchecked(
            "not_counted",
            f"{set_aside} ballots of the ledger are not counted; whether rightly, these files cannot show.",
            f"登记簿中有 {set_aside} 张选票未计入；是否应当不计，文件无法证明。",
        )


def _check_section(report, plan, section, documents, commitments, progress, apart=None):
    """Check a category's reveals and marks; return its Selections, None where it has neither."""
    code = section.code
    marks, reveals = f"marks-{code}.txt", f"reveals-{code}.jsonl"
    found = None
    if reveals in documents.names:
        found = check_reveals(documents, plan, section, commitments, progress, apart)
        report.passed(
            "reveals",
            f"Category {code}: {found.total} reveals open commitments of the ledger, each its own.",
            f"类别 {code}：{found.total} 条开封记录各自对应登记簿中的密封码。",
        )
    else:
        report.unchecked(
            "reveals",
            f"{reveals} is not in these files: who has it can check that marks and commitments agree.",
            f"文件中没有开封文件 {reveals}：所选与密封码是否对应，由持有该文件者核验。",
        )
    if marks in documents.names:
        published = check_marks(documents, section)
        if found is not None and found != published:
            raise Fault(f"{marks} does not say what the reveals say.", f"{marks} 与开封文件不符。")
        report.passed("marks", f"{marks} keeps the rules.", f"{marks} 合乎规则。")
        found = published
    else:
        report.unchecked("marks", f"{marks} is not in these files.", f"文件中没有所选公布文件 {marks}。")
    return found


class _Documents:
    """The documents of a bundle by their own names."""

    def __init__(self, bundle):
        self.bundle = bundle
        self.names = {
            name.removeprefix("documents/") for name in bundle.names if name.startswith("documents/")
        }

    def read(self, name):
        return self.bundle.read(f"documents/{name}")

    def lines(self, name):
        return self.bundle.lines(f"documents/{name}")


def _say_what_nobody_checks(report, heads, pledges):
    if not heads:
        report.unchecked(
            "typed",
            "That others are shown the same ledger: give a head from a newspaper or poster with --head.",
            "别人看到的是否同一登记簿：用 --head 加上报纸或海报上的存证摘要，可作核对。",
        )
    if not pledges:
        report.unchecked(
            "pledge",
            "Pledges: give the files that voters keep with --pledge to see whether they were kept in time.",
            "收票确认：用 --pledge 加上投票人保存的文件，可核验是否按时登记。",
        )
    report.unchecked(
        "voters",
        "That no one voted twice or for another rests on the rules of eligibility; no file can show it.",
        "是否有人重复投票或冒名投票，取决于投票资格的规则，文件无法证明。",
    )
    report.unchecked(
        "server",
        "That the server did not look at marks while they were cast cannot be seen from files.",
        "服务器在投票当时是否看过所选，无法从文件看出。",
    )
