"""The list itself: AG Grid asks assets/desk-list.js for the rows it shows, one block at a time."""

from typing import Any, Final

import dash_ag_grid as dag

from dashboard.components.order_rows import SORTABLE
from dashboard.components.view import View

GRID: Final = "orders-grid"
BLOCK: Final = 50  # rows asked for at once (also in assets/desk-list.js); a screen shows about 20

# The grid's own theme, fed with our tokens: light and dark follow the page.
LOOK: Final = """{
  backgroundColor: "var(--surface)", foregroundColor: "var(--text)", borderColor: "var(--line)",
  headerBackgroundColor: "var(--surface)", headerTextColor: "var(--text-3)", headerFontSize: 12, headerFontWeight: 400,
  fontFamily: "inherit", fontSize: 13, rowHoverColor: "var(--raised)", oddRowBackgroundColor: "var(--surface)",
  accentColor: "var(--text)", selectedRowBackgroundColor: "var(--raised)", wrapperBorder: false, wrapperBorderRadius: 0,
  cellHorizontalPadding: 7, headerColumnResizeHandleColor: "transparent", iconSize: 12, rowHeight: "var(--grid-row)",
  browserColorScheme: "inherit"
}"""
_CELL: Final = {"cellRenderer": "DeskCell"}
# What a phone has room for (assets/desk-list.js): columns marked "too" and "only"; the rest stands in the opened order.
_TOO: Final = {"context": {"phone": "too"}}
_ONLY: Final = {"context": {"phone": "only"}, "hide": True}


def grid(view: View) -> dag.AgGrid:
    return dag.AgGrid(
        id=GRID,
        rowModelType="infinite",
        columnDefs=columns(view, "work_orders"),
        defaultColDef={"resizable": True, "sortable": False, "suppressMovable": True, "suppressHeaderMenuButton": True},
        getRowId="params.data.id",
        dashGridOptions={
            "cacheBlockSize": BLOCK,
            "infiniteInitialRowCount": 1,
            "maxConcurrentDatasourceRequests": -1,  # the component holds one for ever (assets/desk-list.js)
            "maxBlocksInCache": 10,
            "headerHeight": 30,
            "rowBuffer": 4,  # rows drawn beyond the screen
            "animateRows": False,
            "suppressCellFocus": False,
            "ensureDomOrder": True,  # a screen reader goes by it
            # The script selects the row of the opened order: neither a click nor the space bar does.
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": False},
            "enableCellTextSelection": True,
            "suppressColumnVirtualisation": True,  # few columns; a screen reader then finds them all
            "localeText": _words(view),
            "theme": {"function": f"themeQuartz.withParams({LOOK})"},
        },
        className="ag-theme-desk",
        style={"height": None, "width": None},
    )


def _words(view: View) -> dict[str, str]:
    return {"loadingOoo": view.t("loading"), "loadingError": view.t("could not be loaded"), "noRowsToShow": ""}


def columns(view: View, table: str) -> list[dict[str, Any]]:
    """Column definitions of one canonical table's list. No name, phone or address: those are not of a list."""
    wanted = _orders(view) if table == "work_orders" else _surveys(view)
    return [{**c, "sortable": c["field"] in SORTABLE[table]} for c in wanted]


def _plain(field: str, name: str, width: int, **more: Any) -> dict[str, Any]:
    return {"field": field, "headerName": name, "width": width, **more}


def _right(field: str, name: str, width: int, **more: Any) -> dict[str, Any]:
    return _plain(field, name, width, cellClass="r", headerClass="r", **more)


def _brief(name: str) -> dict[str, Any]:
    """Number and place in two lines, instead of the columns a phone has no room for."""
    return _plain("brief", name, 180, flex=1, minWidth=150, cellRenderer="DeskBrief", **_ONLY)


def _orders(view: View) -> list[dict[str, Any]]:
    """What one acts on stands left; what only sorts orders into kinds stands right, where a phone has to scroll."""
    t, wide = view.t, view.language == "en"
    name = 112 if wide else 70
    return [
        _plain("level", "", 34, cellRenderer="DeskLevel", headerTooltip=t("level"), cellClass="shape", **_TOO),
        _brief(t("order no.")),
        _plain("order_no", t("order no."), 124),
        _plain("accepted_at", t("accepted"), 100),
        _plain("station", t("station"), name, flex=1, minWidth=name),
        _plain("feeder", t("feeder"), name, flex=1, minWidth=name),
        _plain("stage", t("stage"), 82 if wide else 60),
        _right("arrival", t("arrival / limit"), 160 if wide else 156, **_CELL),
        _right("restoration", t("restored / limit"), 160 if wide else 146, **_CELL),
        _right("due_at", t("left / over"), 124 if wide else 128, **_CELL, **_TOO),
        _right("call_count", t("calls"), 46 if wide else 44),
        _plain("category", t("category"), 112 if wide else 66),
        _plain("channel", t("channel"), 72 if wide else 66),
        _plain("outcome", t("outcome"), 86 if wide else 52),
    ]


def _surveys(view: View) -> list[dict[str, Any]]:
    t = view.t
    return [
        _brief(t("revisit")),
        _plain("survey_no", t("survey no."), 116, cellClass="first", headerClass="first"),
        _plain("order_no", t("order no."), 124),
        _plain("asked_at", t("asked"), 116),
        _plain("answered_at", t("answered"), 116),
        _plain("station", t("station"), 110, flex=1, minWidth=90),
        _plain("category", t("category"), 110),
        _plain("channel", t("way"), 90),
        _plain("outcome", t("answer"), 90),
        _right("score", t("score"), 64),
        _right("satisfied", t("satisfied"), 80, **_CELL, **_TOO),
    ]
