"""A chart that is taken along is a whole drawing or picture, whatever the screen shows."""

import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard import years
from tests.world import World

Visit = Callable[..., Page]
CITY = "/trend/410500000000/2026Q3/"
SVG = "{http://www.w3.org/2000/svg}"


def saved(page: Page, kind: str, place: int, folder: Path) -> Path:
    with page.expect_download() as download:
        page.locator(f"[data-save={kind}]").nth(place).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chart_is_saved_as_a_drawing_with_its_looks(
    visit: Visit, live_world: World, tmp_path: Path, theme: str
) -> None:
    years.three_years(live_world)
    page = visit("city_manager", CITY, color_scheme=theme)
    path = saved(page, "svg", 0, tmp_path)
    assert path.name == "安阳市 上报率 2026Q3.svg"
    drawing = ET.parse(path).getroot()
    assert drawing.tag == f"{SVG}svg"
    title = drawing.find(f"{SVG}title")
    assert title is not None
    assert title.text == "安阳市 上报率 2026Q3"
    colours = {
        part.get("stroke") for part in drawing.iter(f"{SVG}line") if part.get("stroke-width")
    }
    # The line's own blue of the light theme: on white paper that of the dark one is too pale.
    assert "rgb(26, 79, 143)" in colours
    assert "style=" not in path.read_text(encoding="utf-8")
    assert page.locator(".chart-box").first.locator("svg").count() == 1


def test_a_chart_is_saved_as_a_picture_of_twice_its_size(
    visit: Visit, live_world: World, tmp_path: Path
) -> None:
    years.three_years(live_world)
    page = visit("city_manager", CITY)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    drawing = ET.parse(saved(page, "svg", 5, tmp_path)).getroot()
    picture = saved(page, "png", 5, tmp_path).read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    size = struct.unpack(">II", picture[16:24])
    assert size == tuple(2 * int(drawing.get(side) or 0) for side in ("width", "height"))
    assert said == []


def test_the_bars_are_saved_too(visit: Visit, live_world: World, tmp_path: Path) -> None:
    years.three_years(live_world)
    page = visit("city_manager", f"{CITY}?measure=red")
    last = page.locator("[data-save=svg]").count() - 1
    text = saved(page, "svg", last, tmp_path).read_text(encoding="utf-8")
    assert "林州市" in text


def test_without_script_there_are_no_buttons(visit: Visit, live_world: World) -> None:
    page = visit("city_manager", CITY, java_script_enabled=False)
    expect(page.locator(".chart").first).to_be_visible()
    assert page.locator("[data-save]:visible").count() == 0
