"""The dictionary that every city begins with; it is edited in the administration."""

from typing import Any

from django.db import migrations

REASONS = [
    ("wrong_figure", "数据有误", "Wrong figure"),
    ("wrong_measure", "口径或单位不符", "Unit or definition not kept"),
    ("unexplained", "变化未说明", "Change not explained"),
    ("no_evidence", "缺少佐证材料", "Evidence missing"),
    ("vague", "内容空泛", "Too vague"),
    ("not_so", "与实际不符", "Not what was found on the spot"),
    ("incomplete", "填报不完整", "Incomplete"),
    ("other", "其他", "Other"),
]


def add_reasons(apps: Any, schema_editor: Any) -> None:
    reasons = apps.get_model("tasks", "ReturnReason")
    for position, (code, name, english) in enumerate(REASONS):
        given = {"name": name, "english": english, "position": position * 10}
        reasons.objects.get_or_create(code=code, defaults=given)


class Migration(migrations.Migration):
    dependencies = [("tasks", "0003_reporting_and_review")]

    operations = [migrations.RunPython(add_reasons, migrations.RunPython.noop)]
