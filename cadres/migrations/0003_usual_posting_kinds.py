"""The kinds of posting of the city's work, each of which the city may change."""

from typing import Any

from django.db import migrations

STATIONED = {"exclusive_group": "stationed"}
FIRST_SECRETARY = {"level": "village", "seat": "first_secretary", "seats": 1, "term_months": 24}
HEAD = {"level": "township", "seats": 1, "term_months": 60, "exclusive_group": "township_head"}
KINDS: dict[str, dict[str, Any]] = {
    "first_secretary": {
        "name": "驻村第一书记",
        "english": "First secretary",
        "wants_party_member": True,
        "wants_organization": True,
        **FIRST_SECRETARY,
        **STATIONED,
    },
    "retired_first_secretary": {
        "name": "退职干部第一书记",
        "english": "First secretary who left a leading post",
        "minimum_rank": 2,
        "wants_village": "weak",
        "wants_party_member": True,
        "wants_left_lead": True,
        "wants_organization": True,
        **FIRST_SECRETARY,
        **STATIONED,
    },
    "work_team": {
        "name": "驻村工作队员",
        "english": "Member of the village work team",
        "level": "village",
        "seat": "work_team",
        "seats": 4,
        "term_months": 24,
        "wants_organization": True,
        **STATIONED,
    },
    "secondment": {
        "name": "挂职乡镇党委副书记（乡村振兴）",
        "english": "Seconded township deputy secretary (rural vitalisation)",
        "level": "township",
        "seat": "deputy_secretary_vitalisation",
        "seats": 1,
        "term_months": 24,
        "minimum_rank": 2,
        "wants_party_member": True,
        "wants_organization": True,
        **STATIONED,
    },
    "graduate": {
        "name": "选调生党建专干",
        "english": "Selected graduate as party-work officer",
        "level": "village",
        "seat": "party_work_officer",
        "seats": 1,
        "term_months": 24,
        "wants_village": "demonstration",
        "earliest_cohort": 2019,
        **STATIONED,
    },
    "township_secretary": {
        "name": "乡镇党委书记",
        "english": "Township party secretary",
        "seat": "township_secretary",
        "wants_party_member": True,
        **HEAD,
    },
    "township_head": {
        "name": "乡镇长",
        "english": "Township head",
        "seat": "township_head",
        **HEAD,
    },
    "county_leader": {
        "name": "县级领导",
        "english": "County leader",
        "level": "county",
        "seat": "county_leader",
        "exclusive_group": "county_leader",
    },
}


def enter(apps: Any, schema_editor: Any) -> None:
    kinds = apps.get_model("cadres", "PostingKind").objects
    for order, (code, says) in enumerate(KINDS.items(), start=1):
        kinds.get_or_create(code=code, defaults={"order": order * 10, **says})


class Migration(migrations.Migration):
    dependencies = [("cadres", "0002_posting_guards")]
    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
