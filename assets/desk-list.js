/* The list of orders: its rows are of the address, whatever the network does meanwhile. The first block comes with the
   figures; further ones, and the whole list sorted anew, are asked for on their own. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files may load after this one
  const BLOCK = 50; // as dashboard/components/order_grid.py has it
  const find = (id) => document.getElementById(id);
  let table = "work_orders"; // whose columns the list has
  let n = null; // how many rows the list has; null: not known
  let askedSort = ""; // how the rows that are asked for with the figures are sorted

  const grid = () => {
    try {
      const api = window.dash_ag_grid.getApi("orders-grid");
      return api && !api.isDestroyed() ? api : null;
    } catch {
      return null; // it throws until the grid is there
    }
  };
  const withGrid = async (act) => {
    const api = await window.dash_ag_grid?.getApiAsync("orders-grid").catch(() => null);
    const start = () => {
      if (!api || api.isDestroyed()) return;
      if (api.getGridOption("datasource")) act(api);
      else requestAnimationFrame(start); // the component is about to give the grid its own: ours has to come after it
    };
    start();
  };
  const sorted = (model) => model.map(({ colId, sort }) => (sort === "desc" ? `-${colId}` : colId)).join(",");
  const sorting = () => {
    const columns = grid()?.getColumnState().filter((c) => c.sort) ?? [];
    return sorted(columns.sort((a, b) => a.sortIndex - b.sortIndex));
  };

  /** What belongs to the rows: their number, and why there are none. */
  const say = (answer) => {
    n = answer.n;
    for (const [id, text] of Object.entries(answer.html)) lk.put(id, text);
    find("orders-empty").hidden = n > 0;
    const note = find("orders-export-note");
    if (note) note.textContent = n > Number(note.dataset.most) ? note.dataset.said : "";
  };
  /** Rows of the address as it is now; the grid forgets a source, with all it still waits for, once it is given another. */
  const source = (sort, given) => {
    const stop = new AbortController();
    const filter = lk.key();
    const address = lk.addressOf("/answer/orders-rows", { _at: location.pathname });
    const getRows = async ({ startRow, endRow, sortModel, successCallback, failCallback }) => {
      const wanted = sorted(sortModel);
      if (given && startRow === 0 && wanted === sort) {
        const answer = given;
        given = null; // asked again, they are asked for
        successCallback(answer.rows, answer.n);
        return;
      }
      try {
        const answer = await lk.answer(`${address}&_rows=${startRow}-${endRow}&_sort=${encodeURIComponent(wanted)}`, stop.signal);
        if (stop.signal.aborted) return;
        successCallback(answer.rows, answer.n);
        if (filter === lk.key()) say(answer); // the list goes on to show its rows until the next answer
      } catch {
        if (stop.signal.aborted) return;
        failCallback();
        setTimeout(() => stop.signal.aborted || grid()?.refreshInfiniteCache(), 5000);
      }
    };
    return { getRows, destroy: () => stop.abort() };
  };

  lk.pages ??= {};
  lk.pages["/answer/orders"] = {
    words: (why) => ({ _columns: table, ...(why === "beat" ? {} : { _rows: `0-${BLOCK}`, _sort: (askedSort = sorting()) }) }),
    asked: (why) => {
      if (why === "page") [table, askedSort] = ["work_orders", ""];
      n = null;
      lk.put("orders-count", ""); // it was of the rows that go
      if (find("orders-empty")) find("orders-empty").hidden = true;
    },
    shown: (answer) => {
      if (answer.columns) {
        table = answer.table;
        window.dash_clientside.set_props("orders-grid", { columnDefs: answer.columns });
        setTimeout(fit, 100);
      }
      if (!answer.rows) {
        grid()?.refreshInfiniteCache(); // a beat: rows stay where they are, those on the screen are asked for again
        return;
      }
      say(answer);
      const [filter, sort] = [lk.key(), askedSort];
      withGrid((api) => {
        if (filter !== lk.key()) return; // another was asked for since
        api.setGridOption("datasource", source(sort, answer));
        fit();
      });
    },
  };

  // ---- the list on a phone: level, order and place, time left; the rest stands in the opened order --------------------
  const narrow = matchMedia("(max-width: 720px)");
  const fit = () => {
    const api = grid();
    const columns = api?.getColumns() ?? [];
    const wanted = (column) => (column.getColDef().context?.phone ?? "never") !== (narrow.matches ? "never" : "only");
    const wrong = (shown) => columns.filter((c) => c.isVisible() !== shown && wanted(c) === shown);
    if (wrong(false).length) api.setColumnsVisible(wrong(false), false);
    if (wrong(true).length) api.setColumnsVisible(wrong(true), true);
  };
  narrow.addEventListener("change", () => find("orders-grid") && fit());

  // ---- its cells -------------------------------------------------------------------------------------------------------
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions ?? {});
  const make = (...args) => window.React.createElement(...args);
  cells.DeskLevel = ({ value }) =>
    value ? make("span", { className: `lv lv-${value}`, role: "img", "aria-label": lk.levelWord(value) }) : null;
  cells.DeskBrief = ({ data }) =>
    data
      ? make(
          "span",
          { className: "brief" },
          make("b", null, data.order_no ?? data.survey_no),
          make("span", { className: "qq" }, [data.station, data.feeder ?? data.asked_at, data.stage ?? data.outcome].filter(Boolean).join(" · ")),
        )
      : null;
  cells.DeskCell = ({ value }) => {
    if (!value) return null;
    const kind = value.fill ? "over" : value.strong ? "strong" : "";
    return make(
      "span",
      null,
      value.text ? make("span", { className: kind }, value.text) : null,
      value.tail ? make("span", { className: "qq" }, value.text ? " " + value.tail : value.tail) : null,
    );
  };
})();
