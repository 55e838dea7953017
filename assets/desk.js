/* Browser pages: what must not wait for the server. Header counts and ages from the live parts, the address and the
   filter controls following each other, cells of the list. Walls load this file and leave at the first line. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files load after this one: nothing of it may be used right away
  const h = (...args) => lk.h(...args);
  const t = (...args) => lk.t(...args);
  const none = () => window.dash_clientside.no_update;
  const beatEvery = { orders: 20000, alerts: 5000, phones: 2000 }; // ms; by the class of <main>

  // ---- header -------------------------------------------------------------------------------------------------
  const shape = (level) => h("span", { class: `lv lv-${level}`, role: "img", "aria-label": lk.levelWord(level) });

  const counts = () => {
    const part = lk.parts?.alerts;
    if (!part) return [];
    const open = ["red", "orange"].filter((level) => part.open[level] > 0);
    if (!open.length) return [h("span", {}, t("no open alerts"))];
    const waiting = open.reduce((sum, level) => sum + (part.unacknowledged[level] ?? 0), 0);
    return [
      ...open.map((level) => h("span", { class: "count" }, shape(level), String(part.open[level]))),
      waiting ? h("b", {}, t("{n} not acknowledged", { n: waiting })) : h("span", {}, t("all acknowledged")),
    ];
  };

  const FEEDS = [
    ["work_orders", () => t("orders")],
    ["outages", () => t("outages")],
    ["surveys", () => t("revisits")],
  ];

  /** Age of the source behind the orders; of every source that is late or fails as well. */
  const ages = () => {
    if (lk.lost) return [h("span", { class: "stale", role: "alert" }, t("connection lost"))];
    const part = lk.parts?.sources;
    const now = lk.now?.();
    if (!part || now === null || now === undefined) return [];
    const { feeds, as_of: asOf, fresh_s: fresh } = part.columns;
    return FEEDS.flatMap(([feed, word]) => {
      const i = feeds.findIndex((of) => of.includes(feed));
      if (i < 0) return [];
      if (asOf[i] === null) return [h("span", { class: "stale" }, t("{what}: no data yet", { what: word() }))];
      if (now - asOf[i] > (fresh[i] + 15) * 1000) {
        return [h("span", { class: "stale" }, t("{what} stopped {time}", { what: word(), time: lk.when(asOf[i], now) }))];
      }
      return feed === "work_orders" ? [h("span", {}, t("{what} {age}", { what: word(), age: lk.age(asOf[i], now) }))] : [];
    });
  };

  const draw = () => {
    const [left, right] = [document.getElementById("frame-ages"), document.getElementById("frame-alerts")];
    if (left) lk.patch(left, ages());
    if (right) lk.patch(right, counts());
  };

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
      draw();
    });
    setInterval(() => {
      draw();
      mayBeat();
    }, 1000);
  });

  // ---- address <-> controls ------------------------------------------------------------------------------------
  const WORDS = ["unit", "period", "from", "to", "category", "channel", "state"];
  const USUAL = { period: "7d", state: "all" };

  const toControls = (search) => {
    const asked = new URLSearchParams(search ?? "");
    const own = asked.has("from") || asked.has("to");
    const values = WORDS.map((word) => asked.get(word) || USUAL[word] || null);
    if (own) values[1] = "dates";
    values[2] ??= "";
    values[3] ??= "";
    return [...values, !own];
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
    return after === before ? none() : after ? `?${after}` : "";
  };

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
    const button = document.getElementById("orders-copy");
    const usual = button.textContent;
    await navigator.clipboard.writeText(location.href);
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = usual), 1500);
    return none();
  };

  window.dash_clientside = Object.assign(window.dash_clientside ?? {}, {
    desk: { draw: () => (draw(), none()), toControls, toAddress, newRows, freshRows, copyLink },
  });

  // ---- definitions: a card under its ? button; Escape, a click elsewhere or another card closes it --------------
  const turn = (button, open) => {
    button.setAttribute("aria-expanded", String(open));
    document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
  };
  const openCard = () => document.querySelector('.i[aria-expanded="true"]');
  document.addEventListener("click", (event) => {
    const [pressed, open] = [event.target.closest?.(".i[aria-controls]"), openCard()];
    if (open && (pressed || !event.target.closest?.(".pop"))) turn(open, false);
    if (pressed && pressed !== open) turn(pressed, true);
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" ? openCard() : null;
    if (!open) return;
    turn(open, false);
    open.focus();
  });

  // ---- cells of the list ---------------------------------------------------------------------------------------
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions ?? {});
  const make = (...args) => window.React.createElement(...args);
  cells.DeskLevel = ({ value }) =>
    value ? make("span", { className: `lv lv-${value}`, role: "img", "aria-label": lk.levelWord(value) }) : null;
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
