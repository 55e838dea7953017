/* Browser pages: what must not wait for the server. Beats that have a page ask again, the address and the filter controls
   following each other, cells of the list. Walls load this file and leave at the first line. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files load after this one: nothing of it may be used right away
  const t = (...args) => lk.t(...args);
  const none = () => window.dash_clientside.no_update;
  const beatEvery = { orders: 20000, alerts: 5000, phones: 2000 }; // ms; by the class of <main>

  // ---- beats: pages that follow the data ask again when something changed, and slowly otherwise ------------------
  let beat = 0;
  let beatAt = 0;
  let due = false;
  const kindOfPage = () => Object.keys(beatEvery).find((name) => document.getElementById("main")?.classList.contains(name));
  const mayBeat = () => {
    const page = kindOfPage();
    if (!page || document.hidden || !window.dash_clientside?.set_props) return;
    const passed = performance.now() - beatAt;
    if (passed < (due ? Math.min(1000, beatEvery[page]) : beatEvery[page])) return;
    due = false;
    beatAt = performance.now();
    beat += 1;
    window.dash_clientside.set_props("beat", { data: beat });
  };
  document.addEventListener("DOMContentLoaded", () => {
    lk.subscribe("alerts", () => {
      due ||= ["alerts", "phones"].includes(kindOfPage()); // a list that jumps under the hand each second helps nobody
    });
    setInterval(mayBeat, 1000);
  });

  // ---- address <-> controls ------------------------------------------------------------------------------------
  const WORDS = ["unit", "period", "from", "to", "category", "channel", "state"];
  const USUAL = { period: "7d", state: "all" };

  const toControls = (search, ...now) => {
    const asked = new URLSearchParams(search ?? "");
    const own = asked.has("from") || asked.has("to");
    const values = WORDS.map((word) => asked.get(word) || USUAL[word] || null);
    if (own) values[1] = "dates";
    values[2] ??= "";
    values[3] ??= "";
    const narrowing = WORDS.filter((word) => asked.get(word) && word !== "to").length + (asked.has("to") && !asked.has("from"));
    const changed = values.map((value, i) => ((now[i] ?? null) === value ? none() : value)); // an equal one is drawn anew too
    return [...changed, !own, narrowing ? t("Filters ({n})", { n: narrowing }) : t("Filters")];
  };

  const toAddress = (...args) => {
    const values = args.slice(0, WORDS.length);
    const [search, days] = args.slice(WORDS.length);
    const asked = new URLSearchParams(search ?? "");
    const before = asked.toString();
    WORDS.forEach((word, i) => {
      const value = values[i];
      if (word === "period" && value === "dates") asked.delete(word);
      else if (value && value !== USUAL[word]) asked.set(word, value);
      else asked.delete(word);
    });
    const changed = window.dash_clientside.callback_context.triggered.map((one) => one.prop_id);
    if (changed.includes("filter-period.value")) {
      if (values[1] !== "dates") ["from", "to"].forEach((word) => asked.delete(word));
      else if (!asked.has("from") && !asked.has("to") && days) {
        asked.set("from", days.first);
        asked.set("to", days.last);
      }
    }
    const after = asked.toString();
    if (after !== before) window.dash_clientside.set_props("at", { search: after ? `?${after}` : "" });
    return none();
  };

  const withGrid = async (act) => {
    const api = await window.dash_ag_grid.getApiAsync("orders-grid");
    if (api && !api.isDestroyed()) act(api);
    return none();
  };
  // ---- rows of the list: the grid asks one block at a time and asks no other until that one is answered or given up ----
  let wanted = null; // the address all rows of the list are of
  let turn = 0;
  let pending = null; // what the grid asked and has no answer to yet
  const send = () => {
    if (!pending || wanted === null) return;
    const { startRow: first, endRow: end, sortModel: sorts } = pending;
    turn += 1;
    window.dash_clientside.set_props("orders-asked", { data: { turn, search: wanted, first, end, sorts } });
  };
  const askRows = (request) => {
    pending = request ?? null;
    send();
    return none();
  };
  /** An answer to anything but the last question is not shown: neither rows, nor their number, nor why there are none. */
  const giveRows = (answer) => {
    if (!pending || answer?.turn !== turn) return [none(), none(), none()];
    const request = pending;
    pending = null;
    request.successCallback(answer.rows, answer.n);
    return [answer.count, answer.empty, answer.n > 0];
  };
  /** Has the grid ask again: what it waits for is of another address, of before, or was lost on the way. */
  const again = (act) =>
    withGrid((api) => {
      const old = pending;
      pending = null;
      act(api);
      old?.failCallback(); // last: it lets the grid ask for what `act` wants
    });
  const newRows = (search) => {
    const first = wanted === null;
    wanted = search;
    if (first) {
      send();
      return none();
    }
    window.dash_clientside.set_props("orders-count", { children: "" }); // it was of the rows that go
    window.dash_clientside.set_props("orders-empty", { hidden: true });
    return again((api) => {
      if (api.getDisplayedRowCount() > 0) api.ensureIndexVisible(0);
      api.purgeInfiniteCache();
    });
  };
  const freshRows = () => again((api) => api.refreshInfiniteCache());

  const copyLink = async () => {
    const button = document.getElementById("orders-copy");
    const usual = button.textContent;
    await navigator.clipboard.writeText(location.href);
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = usual), 1500);
    return none();
  };

  // ---- the list on a phone: level, order and place, time left; the rest stands in the opened order --------------------
  const narrow = matchMedia("(max-width: 720px)");
  const fit = () =>
    withGrid((api) => {
      const columns = api.getColumns() ?? [];
      const wanted = (column) => (column.getColDef().context?.phone ?? "never") !== (narrow.matches ? "never" : "only");
      api.setColumnsVisible(columns.filter((c) => !wanted(c)), false);
      api.setColumnsVisible(columns.filter(wanted), true);
    });
  narrow.addEventListener("change", () => document.getElementById("orders-grid") && fit());

  window.dash_clientside = Object.assign(window.dash_clientside ?? {}, {
    desk: { toControls, toAddress, askRows, giveRows, newRows, freshRows, copyLink, fit },
  });

  // ---- cells of the list ---------------------------------------------------------------------------------------
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
