"""The divisions of the demo city and the facts of its villages."""

from random import Random

from anyang_ledger.demo.scale import SEED, County, Scale
from villages.actions import DivisionLine, put_divisions
from villages.models import Division, Level, VillageProfile

CITY_CODE = "410500000000"
CITY_NAME = "安阳市"
# Two characters each; no township of Anyang bears one of these names.
TOWNSHIP_NAMES = (
    "柳溪石塘云桥白荷清泉松岭竹沟梅湾槐荫桃坪杏林枣岗榆坡兰溪青禾金穗玉泉星河"
    "月湾云岭石泉清溪柳荫白桦松涛竹溪梅岭槐溪杏溪枣林榆林桑溪兰台青石金谷玉带"
    "星桥月溪云溪石屏清荷柳堤白沙松泉竹林梅溪槐桥桃溪杏坪枣溪榆荫桑坪兰桥青溪"
    "金禾玉荷星湖月桥云台石溪清桥柳湖白云松溪竹桥梅园槐岭桃林杏桥榆溪桑桥兰荷"
    "青桥金溪玉桥星溪月荷云荷石荷清岭云穗白溪松荷竹荷梅桥槐泉新荷新穗新溪"
)
VILLAGE_FIRST = "柳石云白清松槐杨桃杏枣榆桑竹梅兰青金玉南北东西前后新"
VILLAGE_LAST = "庄桥河沟岭坡湾塘泉溪店寨集屯营池林台崖坪"

Mode = VillageProfile.DevelopmentMode
INDUSTRIES: dict[str, tuple[str, ...]] = {
    Mode.POLICY: ("小麦种植", "玉米种植", "光伏发电"),
    Mode.ENCLAVE: ("园区标准厂房", "联村冷库"),
    Mode.ECOMMERCE: ("红枣电商", "手工粉条电商", "杂粮电商"),
    Mode.TOURISM: ("民宿", "采摘园", "农家乐"),
    Mode.LEADING_FIRM: ("生猪养殖", "食用菌种植", "面粉加工"),
    Mode.LEASING: ("厂房租赁", "仓储租赁", "门面租赁"),
    Mode.SERVICES: ("农机服务", "土地托管", "劳务服务"),
    Mode.SPECIALITY: ("大棚蔬菜", "中药材种植", "花生种植", "林果种植"),
}
MODE_WEIGHTS = (20, 6, 8, 7, 10, 16, 15, 18)
OTHER_TYPES = (
    VillageProfile.VillageType.OTHER,
    VillageProfile.VillageType.OUT_OF_POVERTY,
    VillageProfile.VillageType.DEMONSTRATION,
    VillageProfile.VillageType.RELOCATED,
)
OTHER_TYPE_WEIGHTS = (76, 16, 6, 2)
WRITE_BATCH = 1_000


def put(scale: Scale) -> None:
    """Write the divisions and the profile of every village."""
    put_divisions(division_lines(scale))
    villages = Division.objects.filter(level=Level.VILLAGE).select_related("parent")
    VillageProfile.objects.bulk_create(
        profiles(list(villages.order_by("code")), scale), batch_size=WRITE_BATCH
    )


def division_lines(scale: Scale) -> list[DivisionLine]:
    """The code list of the city, from the city down to its villages."""
    rng = Random(f"{SEED} places {scale.villages}")
    lines = [DivisionLine(CITY_CODE, CITY_NAME, Level.CITY, "")]
    names = (TOWNSHIP_NAMES[i : i + 2] for i in range(0, len(TOWNSHIP_NAMES), 2))
    sizes = iter(township_sizes(scale, rng))
    for county in scale.counties:
        county_code = f"{county.code}000000"
        lines.append(DivisionLine(county_code, county.name, Level.COUNTY, CITY_CODE))
        for code, ending in township_codes(county):
            name = next(names) + ending
            lines.append(DivisionLine(code, name, Level.TOWNSHIP, county_code))
            lines += village_lines(code, next(sizes), rng)
    return lines


def township_codes(county: County) -> list[tuple[str, str]]:
    """Code and name ending of each unit: 镇 count from 101 on, 乡 from 201 on."""
    towns = [(f"{county.code}{101 + i}000", "镇") for i in range(county.towns)]
    return towns + [(f"{county.code}{201 + i}000", "乡") for i in range(county.townships)]


def township_sizes(scale: Scale, rng: Random) -> list[int]:
    """Villages of each township, unequal, within bounds, and exactly as many as wanted in all."""
    sizes = [rng.randint(scale.smallest, scale.largest) for _ in range(scale.townships)]
    while (missing := scale.villages - sum(sizes)) != 0:
        step = 1 if missing > 0 else -1
        place = rng.randrange(len(sizes))
        if scale.smallest <= sizes[place] + step <= scale.largest:
            sizes[place] += step
    return sizes


def village_lines(township_code: str, count: int, rng: Random) -> list[DivisionLine]:
    """Names are unique inside the township; other townships may well have the same."""
    pairs = [first + last for first in VILLAGE_FIRST for last in VILLAGE_LAST]
    return [
        DivisionLine(
            f"{township_code[:9]}{201 + i}", f"{name}村民委员会", Level.VILLAGE, township_code
        )
        for i, name in enumerate(rng.sample(pairs, count))
    ]


def profiles(villages: list[Division], scale: Scale) -> list[VillageProfile]:
    rng = Random(f"{SEED} profiles")
    weak = {village.pk for village in rng.sample(villages, scale.weak_villages)}
    return [_profile(village, village.pk in weak, rng) for village in villages]


def _profile(village: Division, is_weak: bool, rng: Random) -> VillageProfile:
    kind = rng.choices(OTHER_TYPES, OTHER_TYPE_WEIGHTS)[0]
    mode = rng.choices(list(INDUSTRIES), MODE_WEIGHTS)[0]
    industry = rng.choice(INDUSTRIES[mode])
    households = round(rng.triangular(90, 820, 260))
    residents = round(households * rng.uniform(3.1, 4.2))
    return VillageProfile(
        division=village,
        urban_rural_code=_urban_rural(village, rng),
        village_type=VillageProfile.VillageType.WEAK if is_weak else kind,
        is_demonstration=not is_weak and kind == VillageProfile.VillageType.DEMONSTRATION,
        development_mode=mode,
        leading_industry=industry,
        households=households,
        residents=residents,
        party_members=round(residents * rng.uniform(0.025, 0.055)),
    )


def _urban_rural(village: Division, rng: Random) -> str:
    """The first village of a unit is its seat; some villages of a town border on it."""
    in_town = village.parent is not None and village.parent.kind == "town"
    if village.code.endswith("201"):
        seat = VillageProfile.UrbanRural
        return seat.TOWN_CENTRE if in_town else seat.TOWNSHIP_CENTRE
    if in_town and rng.random() < 0.08:
        return VillageProfile.UrbanRural.TOWN_FRINGE
    return VillageProfile.UrbanRural.VILLAGE
