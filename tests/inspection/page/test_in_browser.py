"""The page as a browser shows it."""

import shutil

import pytest

from skhp.inspection import report
from tests.inspection._searches import fitted
from tests.inspection.page.test_report import evil_search

pytestmark = [
    pytest.mark.foreign,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
webdriver = pytest.importorskip("selenium.webdriver")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1200,900",
)
SEARCHES = {
    **{
        kind: lambda kind=kind: fitted(kind)
        for kind in ("hyperband", "nan", "200 parameters", "conditional")
    },
    "markup": evil_search,
}
# As a page is at first.
AGAIN = """
    document.querySelector(".reset").click();
    document.querySelector("details").open = false;
    const button = [...document.querySelectorAll("#table th button")][1];
    for (let i = 0; i < 2; i++) {
        if (button.parentNode.ariaSort !== "ascending") button.click();
    }
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("there is no Chromium with its chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for switch in SWITCHES:
        options.add_argument(switch)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(driver)
    browser = webdriver.Chrome(options=options, service=service)
    browser.set_script_timeout(120)
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """Return what opens the page of a search and waits until all is drawn."""
    folder = tmp_path_factory.mktemp("pages")

    def opened(name):
        path = folder / f"{name}.html"
        if not path.exists():
            report(SEARCHES[name](), path)
        browser.get(path.as_uri())
        state = browser.execute_async_script("""
            const done = arguments[0], root = document.documentElement;
            const look = () => root.dataset.state && done(root.dataset.state);
            new MutationObserver(look).observe(root, {attributes: true});
            look();
        """)
        assert state == "ready"
        return browser

    return opened


@pytest.mark.parametrize("name", SEARCHES)
def test_page_is_drawn_without_errors_and_without_a_network(opened, name):
    browser = opened(name)
    assert browser.get_log("browser") == []
    plots, drawn = browser.execute_script("""
        const plots = [...document.querySelectorAll(".plot")];
        return [plots.length, plots.filter((p) => p.querySelector(".main-svg")).length];
    """)
    assert plots == drawn >= 2
    loaded = "return performance.getEntriesByType('resource').map((r) => r.name)"
    assert [
        name for name in browser.execute_script(loaded) if name[:5] != "data:"
    ] == []
    assert browser.execute_script("return window.evil") is None


@pytest.fixture(scope="module")
def loaded(opened):
    return opened("conditional")


@pytest.fixture
def page(loaded):
    loaded.execute_script(AGAIN)
    return loaded


def rows_of(page):
    """Return the table as it stands."""
    return page.execute_script("""
        const [head, ...lines] = document.getElementById("table").rows;
        const names = [...head.cells].map((cell) => cell.textContent);
        return lines.map((line) => Object.fromEntries(
            [...line.cells].map((cell, i) => [names[i], cell.textContent])));
    """)


def count(page):
    return page.execute_script("return document.querySelector('.count').textContent")


def press(page, *keys):
    chain = webdriver.ActionChains(page)
    for key in keys:
        chain.send_keys(getattr(webdriver.Keys, key, key))
    chain.perform()


def focus(page, script):
    page.execute_script(f"{script}.focus()")


@pytest.fixture(scope="module")
def values():
    return [params["value"] for params in fitted("conditional").cv_results_["params"]]


def drag_over_axis(page, i, low, high):
    """Draw a box over an axis of the parallel coordinates, between two heights."""
    x, y0, y1 = page.execute_script(
        """
        const [i, low, high] = arguments;
        const plot = document.getElementById("plot-parallel");
        plot.scrollIntoView({block: "center", behavior: "instant"});
        const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
        const y = (height) => box.top + yaxis._offset + yaxis.c2p(height);
        return [box.left + xaxis._offset + xaxis.c2p(i), y(low), y(high)];
        """,
        i, low, high,
    )  # fmt: skip
    mouse = webdriver.ActionChains(page, duration=50)
    mouse.w3c_actions.pointer_action.move_to_location(x - 12, y0)
    mouse.w3c_actions.pointer_action.pointer_down()
    for share in (0.5, 1.0):
        mouse.w3c_actions.pointer_action.move_to_location(
            x + 12, y0 + share * (y1 - y0)
        )
    mouse.w3c_actions.pointer_action.pointer_up()
    mouse.perform()


def wait_for(page, condition):
    """Wait until an expression of JavaScript is true."""
    page.execute_async_script(f"""
        const done = arguments[0];
        const look = () => ({condition}) ? done(true) : requestAnimationFrame(look);
        look();
    """)


CHOSEN = "document.querySelector('.count').textContent.includes(' of ')"


def test_a_box_over_an_axis_chooses_candidates_in_table_and_figures(page, values):
    drag_over_axis(page, 0, 0.5, 1.0)  # the upper half of a log scale from 0.01 to 1
    wait_for(page, CHOSEN)
    expected = sum(value >= 0.1 for value in values)
    assert 0 < expected < len(values)
    assert count(page) == f"{expected} of {len(values)} candidates"
    shown = [float(row["value"]) for row in rows_of(page)]
    assert len(shown) == expected
    assert min(shown) >= 0.099
    chosen = page.execute_script("""
        const {data} = document.getElementById("plot-history");
        return data.find((trace) => trace.customdata).selectedpoints.length;
    """)
    assert chosen == expected
    page.execute_script("document.querySelector('.reset').click()")
    assert count(page) == f"{len(values)} candidates"


def test_ranges_are_chosen_with_the_keyboard(page, values):
    focus(page, "document.querySelector('details > summary')")
    press(page, "ENTER", "TAB", "TAB", "0.1", "TAB")  # from ... to 0.1
    wait_for(page, CHOSEN)
    expected = sum(value <= 0.1 for value in values)
    assert count(page) == f"{expected} of {len(values)} candidates"


def test_the_table_is_sorted_with_the_keyboard(page):
    rows = rows_of(page)
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)
    head = "[...document.querySelectorAll('#table th button')].find("
    head += "(button) => button.textContent === 'value')"
    focus(page, head)
    for key, state in (("ENTER", "ascending"), ("SPACE", "descending")):
        press(page, key)
        assert page.execute_script(f"return {head}.parentNode.ariaSort") == state
        found = [float(row["value"]) for row in rows_of(page)]
        assert found == sorted(found, reverse=state == "descending")


def test_the_table_is_searched(page):
    focus(page, "document.getElementById('search')")
    press(page, "fails=none")
    n_none = sum(
        p["fails"] == "none" for p in fitted("conditional").cv_results_["params"]
    )
    assert len(rows_of(page)) == n_none
    assert {row["fails"] for row in rows_of(page)} == {"none"}


def test_code_is_copied(page):
    page.execute_script("document.querySelector('.copy').click()")
    button = page.execute_script("return document.querySelector('.copy').textContent")
    assert button == "Copied"


def test_page_is_as_dark_or_light_as_the_reader_wants(page):
    colours = []
    for scheme in ("light", "dark"):
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        style = "return getComputedStyle(document.body).backgroundColor"
        colours.append(page.execute_script(style))
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert colours == ["rgb(255, 255, 255)", "rgb(21, 24, 29)"]
