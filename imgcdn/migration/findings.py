"""What a survey found, as the one record that machines read and tables are printed from."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from imgcdn.migration import tally
from imgcdn.migration.marks import Said, Verdict
from imgcdn.migration.survey import Survey
from imgcdn.migration.tally import Case, Parameter

Record = dict[str, Any]
_EXPLAINED: Final = frozenset({Verdict.APPROXIMATE, Verdict.UNSUPPORTED})
_WORST_FIRST: Final = list(reversed(Verdict))


def record(survey: Survey, problems: Sequence[str], most: int) -> Record:
    """Return all counts; of values and of what differs, the most important ones, so many each."""
    found = survey.tally
    parameters = sorted(found.parameters.items(), key=lambda pair: (_severity(pair[1]), -pair[1].hits, pair[0]))
    return {
        "lines": survey.lines,
        "blank": survey.blank,
        "no_urls": survey.others,
        "urls": survey.urls,
        "without_parameters": survey.plain,
        "differing": found.differing,
        "unsupported": found.unsupported,
        "parameters": [_parameter(name, one, most) for name, one in parameters],
        "unusable": [
            {"name": name, "value": text, "hits": value.hits, "why": value.mark.why}
            for name, text, value in found.unusable()[:most]
        ],
        "worst": [_case(case) for case in found.worst(most)],
        "refused": [{"hits": hits, "why": why} for why, hits in found.refused.items()],
        "signatures": asdict(survey.signatures) | {"verified": survey.verifies},
        "problems": list(problems),
        "bounds": {
            "values_per_parameter": tally.MOST_VALUES,
            "parameters": tally.MOST_NAMES,
            "cases": tally.MOST_CASES,
            "cases_forgotten": found.has_forgotten,
        },
    }


def is_clean(found: Record) -> bool:
    """Whether nothing is unsupported, unusable, refused, signed with another token, or unread."""
    bad = (found["unsupported"], found["refused"], found["signatures"]["bad"], found["problems"])
    return not any(bad) and not any(
        parameter["marks"].keys() & {Verdict.UNSUPPORTED, Verdict.UNUSABLE} for parameter in found["parameters"]
    )


def _severity(parameter: Parameter) -> int:
    return min(_WORST_FIRST.index(verdict) for verdict in parameter.verdicts)


def _parameter(name: str, parameter: Parameter, most: int) -> Record:
    values = sorted(parameter.values.items(), key=lambda pair: -pair[1].hits)
    return {
        "name": name,
        "hits": parameter.hits,
        "marks": {str(verdict): hits for verdict, hits in parameter.verdicts.items()},
        "values": [
            {"value": text, "hits": value.hits, "mark": str(value.mark.verdict), "note": value.mark.why}
            for text, value in values[:most]
        ],
        "distinct_values": len(values),
        "hits_of_more_values": parameter.other_hits,
        "why": list(dict.fromkeys(value.mark.why for _, value in values if value.mark.verdict in _EXPLAINED))[:most],
    }


def _case(case: Case) -> Record:
    return {
        "hits": case.hits,
        "weight": case.weight,
        "score": case.score,
        "parameters": [_said(said) for said in case.said],
        "example": case.example,
    }


def _said(said: Said) -> Record:
    return {"name": said.key, "value": said.text, "mark": str(said.mark.verdict), "note": said.mark.why}
