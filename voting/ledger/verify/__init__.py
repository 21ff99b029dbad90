"""The verifier: everything that anyone can check from a bundle, without network and without our server."""

from collections import defaultdict
from contextlib import ExitStack

from ..canonical import parse_canonical
from ..tree import leaf_hash, verify_inclusion
from .ballots import Commitments, check_marks, check_reveals, check_tally
from .heads import Mark, marks_of, read_heads
from .plan import read_plan
from .report import Fault, Report
from .tree import read_leaves, tile_names, walk
from .voters import check_pledge, read_pledge, read_proof

FORMAT = "shortlist/bundle/v1"
LISTING = "bundle.json"
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
    _say_what_nobody_checks(report, bool(pledges))
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
    marks = marks_of(heads, typed, plan)
    read = [read_proof(text, plan) for text in proofs]
    known = [_mark_of_proof(head, heads[-1]) for _proof, head in read]
    marks = sorted([*marks, *(mark for mark in known if mark)])
    given = [read_pledge(text, plan) for text in pledges]
    wanted = {item for pledge in given for item in pledge.commitments.items()}
    places, commitments = defaultdict(list), Commitments(stack, plan.sections)

    def take_ballot(index, category, value):
        commitments.add(category, value)
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
    _check_names(bundle, listing, size, history, plan)
    for pledge in given:
        _line(
            report,
            "pledge",
            check_pledge,
            pledge,
            places,
            heads,
            en="A pledge was kept: ",
            zh="收票确认已兑现：",
        )
    for proof, head in read:
        _check_proof(bundle, report, proof, head, size)
    _check_count(bundle, report, plan, history, commitments, progress)


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


def _check_count(bundle, report, plan, history, commitments, progress):
    if "tally" not in history.seen:
        report.unchecked("count", "The poll is not counted yet.", "尚未计票。")
        return
    documents, selections = _Documents(bundle), {}
    for section in plan.sections:
        marks, reveals = f"marks-{section.code}.txt", f"reveals-{section.code}.jsonl"
        found = []
        if reveals in documents.names:
            found.append(check_reveals(documents, plan, section, commitments, progress))
            number = found[0].total()
            report.passed(
                "reveals",
                f"Category {section.code}: {number} reveals open commitments of the ledger, each its own.",
                f"类别 {section.code}：{number} 条开封记录各自对应登记簿中的密封码。",
            )
        if marks in documents.names:
            found.append(check_marks(documents, section))
            if found[0] != found[-1]:
                raise Fault(f"{marks} does not say what the reveals say.", f"{marks} 与开封文件不符。")
            report.passed("marks", f"{marks} keeps the rules.", f"{marks} 合乎规则。")
        if found:
            selections[section.code] = found[0]
    if "tally.json" not in documents.names:
        report.unchecked("tally", "The tally is not in these files.", "文件中没有计票文件。")
        return
    tally = check_tally(documents.read("tally.json"), plan, history, selections)
    if len(selections) == len(plan.sections):
        report.passed(
            "tally",
            f"The count was repeated: {tally['ballots']} ballots.",
            f"已重新计票，结果一致：{tally['ballots']} 张选票。",
        )
    else:
        report.unchecked(
            "tally",
            "The marks are not in these files, so the count cannot be repeated.",
            "文件中没有所选公布文件，无法重新计票。",
        )
    if not any(name.startswith("reveals-") for name in documents.names):
        report.unchecked(
            "reveals",
            "The reveals are not in these files: auditors can check that marks and commitments agree.",
            "文件中没有开封文件：所选与密封码是否对应，由审计员核验。",
        )


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


def _mark_of_proof(head, last):
    checkpoint = head.checkpoint
    if checkpoint.size > last.checkpoint.size:
        raise Fault(
            "A proof's head is newer than these files.", "证明文件的存证摘要比这些文件更新，请用更新的文件。"
        )
    return Mark(checkpoint.size, checkpoint.root, "the head of a proof file", "证明文件中的存证摘要")


def _check_proof(bundle, report, proof, head, size):
    """Look at the leaf that a proof names and whether its hashes lead to its head."""
    leaf = next((leaf for index, leaf in enumerate(read_leaves(bundle, size)) if index == proof.index), b"")
    checkpoint = head.checkpoint
    try:
        verify_inclusion(leaf_hash(leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    except ValueError as error:
        report.failed("proof", f"A proof file does not hold: {error}", "证明文件不成立。")
        return
    number = proof.index + 1
    report.passed("proof", f"A proof file shows entry {number}.", f"证明文件证明了第 {number} 号条目。")


def _line(report, check, act, *arguments, en, zh):
    """Note what a check says, or its fault, without ending the others."""
    try:
        said = act(*arguments)
    except Fault as fault:
        report.failed(check, fault.en, fault.zh)
    else:
        report.passed(check, f"{en}{said[0]}.", f"{zh}{said[1]}。")


def _say_what_nobody_checks(report, has_pledges):
    if not has_pledges:
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
