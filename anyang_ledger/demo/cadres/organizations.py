"""Sending organisations of the demo city, what they are good at, and what villages need."""

from random import Random

from anyang_ledger.demo.scale import SEED
from cadres.models import Organization, Tag, VillageNeed
from villages.models import Division, Level, VillageProfile
from villages.pinyin import search_key

# What an organisation does -> the fields of work in which it helps a village.
TRADES = {
    "农业农村": ("农业技术", "产业发展"),
    "水利": ("水利设施", "基础设施"),
    "文化旅游": ("乡村旅游", "文化活动"),
    "商务": ("电子商务", "产业发展"),
    "交通运输": ("道路交通", "基础设施"),
    "自然资源": ("村庄规划", "土地整治"),
    "司法": ("法律服务", "乡村治理"),
    "民政": ("社会救助", "乡村治理"),
    "卫生健康": ("医疗卫生",),
    "教育": ("教育帮扶",),
    "林业": ("林果种植", "农业技术"),
    "财政": ("资金项目", "集体经济"),
    "市场监管": ("电子商务", "集体经济"),
    "党校": ("党员教育", "组织建设"),
}
OF_CITY, OF_COUNTY = "演示市{}单位", "演示{}{}单位"
WRITE_BATCH = 1_000


def put(city: Division, counties: list[Division]) -> None:
    names = dict.fromkeys(name for strengths in TRADES.values() for name in strengths)
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    tags = {tag.name: tag for tag in Tag.objects.all()}
    made = [_organization(OF_CITY.format(trade), "city", city, 40) for trade in TRADES]
    for county in counties:
        names_here = [OF_COUNTY.format(county.name, trade) for trade in TRADES]
        made += [_organization(name, "county", county, 12) for name in names_here]
    Organization.objects.bulk_create(made)
    does = [
        {"organization_id": organization.pk, "tag_id": tags[name].pk}
        for organization, trade in zip(made, list(TRADES) * len(made), strict=False)
        for name in TRADES[trade]
    ]
    functions, strengths = Organization.functions.through, Organization.strengths.through
    functions.objects.bulk_create([functions(**row) for row in does])
    strengths.objects.bulk_create([strengths(**row) for row in does])
    _put_needs(list(tags.values()))


def _organization(name: str, level: str, division: Division, capacity: int) -> Organization:
    return Organization(
        name=name, level=level, division=division, capacity=capacity, pinyin=search_key(name)
    )


def _put_needs(tags: list[Tag]) -> None:
    """Two needs of every weak village, and one of every fifth other one."""
    rng = Random(f"{SEED} needs")
    needs = []
    villages = Division.objects.filter(level=Level.VILLAGE).select_related("profile")
    for number, village in enumerate(villages.order_by("code")):
        is_weak = village.profile.village_type == VillageProfile.VillageType.WEAK
        wanted = 2 if is_weak else int(number % 5 == 0)
        needs += [VillageNeed(division=village, tag=tag) for tag in rng.sample(tags, wanted)]
    VillageNeed.objects.bulk_create(needs, batch_size=WRITE_BATCH)
