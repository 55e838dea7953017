/* The filter bar: controls follow the address, and each change of a control moves the page to another address. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files may load after this one
  const t = (...args) => lk.t(...args);
  const WORDS = ["unit", "period", "from", "to", "category", "channel", "state"];
  const USUAL = { period: "7d", state: "all" };
  const find = (word) => document.getElementById(`filter-${word}`);
  let days = null; // first and last day shown: what own dates start from
  let unit; // the value its control was given last; undefined: none yet

  const valuesOf = (asked) => {
    const values = Object.fromEntries(WORDS.map((word) => [word, asked.get(word) || USUAL[word] || ""]));
    if (asked.has("from") || asked.has("to")) values.period = "dates";
    return values;
  };
  const follow = () => {
    const fields = document.getElementById("filter-fields");
    if (!fields) {
      unit = undefined;
      return;
    }
    const asked = new URLSearchParams(location.search);
    const values = valuesOf(asked);
    for (const [word, value] of Object.entries(values)) if (word !== "unit" && find(word) && find(word).value !== value) find(word).value = value;
    if (find("dates")) find("dates").hidden = values.period !== "dates";
    const narrowing = WORDS.filter((word) => asked.get(word) && word !== "to").length + (asked.has("to") && !asked.has("from"));
    document.getElementById("filter-fold").textContent = narrowing ? t("Filters ({n})", { n: narrowing }) : t("Filters");
  };
  /** The unit's control is Dash's: it is told last, because drawing it takes longer than all others. */
  const followUnit = () => {
    const value = new URLSearchParams(location.search).get("unit");
    if (!document.getElementById("filter-unit") || unit === value) return;
    unit = value;
    window.dash_clientside.set_props("filter-unit", { value });
  };
  document.addEventListener("lightkeeper-address", follow);
  document.addEventListener("lightkeeper-filled", (event) => event.target.classList.contains("plain-fields") && follow());
  document.addEventListener("lightkeeper-answer", ({ detail }) => {
    if (!document.getElementById("filter-fields")) return;
    days = detail.days;
    if (detail.units) window.dash_clientside.set_props("filter-unit", { data: detail.units });
    (window.requestIdleCallback ?? setTimeout)(followUnit); // figures and rows are painted first
  });

  const narrow = (changed) => {
    const asked = new URLSearchParams(location.search);
    for (const [word, value] of Object.entries(changed)) {
      if (value && value !== USUAL[word]) asked.set(word, value);
      else asked.delete(word);
    }
    const text = asked.toString();
    lk.go(text ? `?${text}` : "");
  };
  document.addEventListener("change", ({ target }) => {
    const word = target.id?.startsWith("filter-") ? target.id.slice("filter-".length) : null;
    if (!WORDS.includes(word) || word === "unit") return;
    if (word !== "period") narrow({ [word]: target.value });
    else if (target.value !== "dates") narrow({ period: target.value, from: null, to: null });
    else if (days) narrow({ period: null, from: days[0], to: days[1] });
  });
  const unitChosen = (value) => {
    if ((value ?? null) !== (unit ?? null)) {
      unit = value ?? null;
      narrow({ unit });
    }
    return window.dash_clientside.no_update;
  };

  document.addEventListener("click", async ({ target }) => {
    if (target.id !== "orders-copy") return;
    const usual = target.textContent;
    await navigator.clipboard.writeText(location.href);
    target.textContent = target.dataset.done;
    setTimeout(() => (target.textContent = usual), 1500);
  });

  const desk = (window.dash_clientside ??= {});
  desk.desk = Object.assign(desk.desk ?? {}, { unitChosen });
})();
