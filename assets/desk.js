/* Browser pages: what must not wait for the server. Beats that have a page ask again, the address and the filter controls
   following each other, cells of the list. Walls load this file and leave at the first line. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files load after this one: nothing of it may be used right away
  const t = (...args) => lk.t(...args);
  const none = () => window.dash_clientside.no_update;
  const beatEvery = { timeliness: 60000, orders: 20000, alerts: 5000, phones: 2000 }; // ms; by the class of <main>

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
  const SHARED = ["unit", "period", "from", "to", "category", "channel"]; // the first of every page's controls
  const OWN = {
    orders: ["state"],
    timeliness: ["customer", "events", "exempt", "figure", "every", "by"],
  };
  const USUAL = { period: "7d", state: "all", events: "with", exempt: "after", figure: "arrival_on_time_rate", every: "day", by: "unit" };
  const LOOKS = ["figure", "every", "by"]; // what is looked at narrows nothing

  /** The two ways between the address and the controls of a page. */
  const following = (page) => {
    const WORDS = [...SHARED, ...OWN[page]];
    const toControls = (search) => {
      const asked = new URLSearchParams(search ?? "");
      const own = asked.has("from") || asked.has("to");
      const values = WORDS.map((word) => asked.get(word) || USUAL[word] || null);
      if (own) values[1] = "dates";
      values[2] ??= "";
      values[3] ??= "";
      const narrowing = WORDS.filter((word) => asked.get(word) && word !== "to" && !LOOKS.includes(word)).length + (asked.has("to") && !asked.has("from"));
      return [...values, !own, narrowing ? t("Filters ({n})", { n: narrowing }) : t("Filters")];
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
      if (changed.some((id) => id.endsWith("filter-period.value"))) {
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
    return { toControls, toAddress };
  };

  /** The parts of an address that the panels of the page Timeliness follow: each is asked again only when its own change. */
  const panels = (search, ...before) => {
    const without = (...words) => {
      const asked = new URLSearchParams(search ?? "");
      [...words, "kpi", "outcome", "state", "order"].forEach((word) => asked.delete(word));
      asked.sort();
      return `?${asked}`;
    };
    const parts = [without(...LOOKS), without("by"), without("every")];
    return parts.map((part, i) => (part === before[i] ? none() : part));
  };

  /** Links of the page change the filter or the figure; what else is looked at stays as the address has it now. */
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.(".timeliness :is(a.slice, .chips a, a.choose)");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      const [wanted, here] = [new URLSearchParams(link.search), new URLSearchParams(location.search)];
      for (const word of LOOKS) {
        if (word === "figure" && link.classList.contains("choose")) continue;
        if (here.has(word)) wanted.set(word, here.get(word));
        else wanted.delete(word);
      }
      window.dash_clientside.set_props("at", { search: wanted.size ? `?${wanted}` : "" });
      if (link.closest("table")) document.getElementById("timeliness-trend")?.scrollIntoView({ block: "nearest" });
    },
    true,
  );

  const withGrid = async (act) => {
    const api = await window.dash_ag_grid.getApiAsync("orders-grid");
    if (api && !api.isDestroyed()) act(api);
    return none();
  };
  let rowsOf = null; // the address whose rows the grid asked for by itself when it appeared
  const newRows = (search) => {
    const first = rowsOf === null;
    rowsOf = search;
    if (first) return none();
    return withGrid((api) => {
      if (api.getDisplayedRowCount() > 0) api.ensureIndexVisible(0);
      api.purgeInfiniteCache();
    });
  };
  const freshRows = () => withGrid((api) => api.refreshInfiniteCache());

  const copyLink = async () => {
    const button = document.querySelector(".filters [data-done]");
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
    desk: { ...following("orders"), newRows, freshRows, copyLink, fit },
    timeliness: { ...following("timeliness"), panels },
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
