/* Printing a browser page: light colours whatever the theme, a heading with site, page, filter in words and the moment of
   the data, and the first rows of the list as a plain table. What is on the screen is not touched. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files load after this one: nothing of it may be used right away
  const h = (...args) => lk.h(...args);
  const t = (...args) => lk.t(...args);
  const find = (id) => document.getElementById(id);
  const ROWS = 50; // what the list holds at first, two pages; who needs all of them exports the list

  const valueOf = (field) => {
    const control = field.querySelector("input, select");
    return control.selectedOptions?.[0].text ?? control.value;
  };
  const word = (field) => t("{label}: {value}", { label: field.querySelector(".k").textContent, value: valueOf(field) });
  /** The filter as a reader would say it; controls that are hidden or left at "all" say nothing. */
  const filter = () => {
    const fields = [...document.querySelectorAll(".filters .field")].filter((f) => !f.closest("[hidden]"));
    return fields.filter((f) => !["", t("all")].includes(valueOf(f))).map(word);
  };

  /** Until when the sources had been read: an age would be wrong as soon as the paper lies there. */
  const asOf = (now) => {
    const { feeds, as_of: times } = lk.parts?.sources?.columns ?? { feeds: [], as_of: [] };
    const shown = times.filter((at, i) => at !== null && feeds[i].some((feed) => ["work_orders", "surveys"].includes(feed)));
    return shown.length && now ? t("data of {time}", { time: lk.when(Math.min(...shown), now) }) : null;
  };

  const head = (place) => {
    const now = lk.now?.();
    const title = document.querySelector("main h1")?.textContent ?? "";
    const behind = find("orders-behind")?.textContent.replace("×", "").trim();
    return [
      h("p", { class: "print-title" }, h("b", {}, title), h("span", {}, place.dataset.site)),
      h("p", {}, [...filter(), behind].filter(Boolean).join(t(", "))),
      h("p", { class: "qq" }, [asOf(now), now && t("printed {time}", { time: `${lk.date(now, true)} ${lk.clock(now)}` })].filter(Boolean).join(t(", "))),
    ];
  };

  const text = (value, field) => {
    if (value === null || value === undefined || value === "") return "";
    if (field === "level") return lk.levelWord(value);
    return typeof value === "object" ? [value.text, value.tail].filter(Boolean).join(" ") : String(value);
  };

  /** The rows that the grid holds, in its order, as they stand there. */
  const rows = () => {
    const holder = find("orders-grid");
    if (!holder) return [];
    const api = window.dash_ag_grid.getApi("orders-grid");
    const columns = (api.getColumns() ?? []).map((c) => c.getColDef()).filter((c) => c.context?.phone !== "only");
    const right = (c) => (c.cellClass === "r" ? "r" : null);
    const nodes = [];
    api.forEachNode((node) => node.data && nodes.length < ROWS && nodes.push(node.data));
    if (!nodes.length) return [];
    const heading = columns.map((c) => h("th", { class: right(c), scope: "col" }, c.headerName));
    const body = nodes.map((data) => h("tr", {}, columns.map((c) => h("td", { class: right(c) }, text(data[c.field], c.field)))));
    const of = find("orders-count")?.textContent ?? "";
    return [
      h("p", {}, h("b", {}, t("first {n} of {rows}", { n: nodes.length, rows: of }))),
      h("table", {}, h("thead", {}, h("tr", {}, heading)), h("tbody", {}, body)),
    ];
  };

  const attempt = (draw) => {
    try {
      return draw();
    } catch (error) {
      console.error("lightkeeper: could not be prepared for printing", error);
      return [];
    }
  };

  let theme = null;
  window.addEventListener("beforeprint", () => {
    theme ??= document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    const [over, under] = [find("frame-print"), find("frame-print-rows")];
    if (over) lk.patch(over, attempt(() => head(over)));
    if (under) lk.patch(under, attempt(rows));
  });
  window.addEventListener("afterprint", () => {
    if (theme !== null) document.documentElement.dataset.theme = theme;
    theme = null;
    for (const id of ["frame-print", "frame-print-rows"]) if (find(id)) lk.patch(find(id), []);
  });
})();
