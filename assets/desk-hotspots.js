/* The page Hotspots: one hotspot's days against what was expected, in the colours of the theme. The part up to the
   expectation is grey, the excess of days above it dark, the usual range a band, the expectation a step line; the day that
   runs is hollow. The same numbers stand beneath as a table. After an answer the page asks again; it follows the live part
   of hotspots. The map is drawn by desk-hotspots-map.js. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {});
  const GRAPH = "hotspots-chart";
  const HEIGHT = 196; // px; as in desk-hotspots.css
  const OPEN = "rgba(0,0,0,0)";
  const narrow = matchMedia("(max-width: 720px)");
  const TINT = { alert: "orange-tint", severe: "red-tint" };

  const half = (day, by) => new Date(Date.parse(day) + by * 43200e3).toISOString().slice(0, 16);

  /** Fields behind the days since the hotspot began, and over them the usual range of each day. */
  const shapes = (d) => {
    const tint = TINT[d.grade];
    const since = d.since < d.x[0] ? d.x[0] : d.since;
    const field = { type: "rect", layer: "below", xref: "x", yref: "paper", x0: half(since, -1), x1: half(d.x.at(-1), 1), y0: 0, y1: 1, fillcolor: lk.colour(tint ?? "raised"), line: { width: 0 } };
    // Each day's field reaches a little into the next: else seams show.
    const range = d.x.map((day, i) => ({ ...field, yref: "y", x0: half(day, -1), x1: half(day, 1.04), y0: d.low[i], y1: d.high[i], fillcolor: lk.colour("band") }));
    return since > d.x.at(-1) ? range : [field, ...range];
  };

  const layout = (d) => {
    const wide = !narrow.matches;
    const text = { color: lk.colour("text-3"), size: 12 };
    const step = Math.max(1, Math.ceil((d.x.length - 1) / (wide ? 4 : 2)));
    const shown = d.x.map((_, i) => i).filter((i) => (d.x.length - 1 - i) % step === 0);
    const most = Math.max(3, ...d.observed, ...d.high) * 1.16;
    const named = wide ? [{ text: d.names.expected, xref: "paper", x: 1, xanchor: "left", xshift: 18, yref: "y", y: d.expected.at(-1), yanchor: "middle", showarrow: false, font: { color: lk.colour("text-2"), size: 12 }, bgcolor: lk.colour("surface") }] : [];
    return {
      height: HEIGHT, paper_bgcolor: OPEN, plot_bgcolor: OPEN, showlegend: false, hovermode: "x", dragmode: "zoom", barmode: "stack", bargap: 0.24,
      uirevision: d.key,
      margin: { l: 6, r: wide ? 96 : 34, t: 10, b: 24 },
      font: { family: getComputedStyle(document.body).fontFamily, color: lk.colour("text"), size: 12 },
      hoverlabel: { bgcolor: lk.colour("surface"), bordercolor: lk.colour("line-strong"), font: { color: lk.colour("text"), size: 12 }, align: "left" },
      xaxis: { type: "date", tickmode: "array", tickvals: shown.map((i) => d.x[i]), ticktext: shown.map((i) => d.ticks[i]), tickfont: text, showgrid: false, zeroline: true, zerolinecolor: lk.colour("line-strong") },
      yaxis: { fixedrange: true, range: [0, most], nticks: 4, tickformat: ",d", side: "right", tickfont: text, gridcolor: lk.colour("grid"), zeroline: true, zerolinecolor: lk.colour("line-strong"), ticks: "" },
      shapes: shapes(d),
      annotations: named,
    };
  };

  const traces = (d) => {
    const last = d.x.length - 1;
    const [ink, faint, ground] = [lk.colour("text"), lk.colour("reference"), lk.colour("surface")];
    const hollow = (i) => d.open && i === last;
    const base = d.observed.map((n, i) => Math.min(n, d.expected[i]));
    const over = d.observed.map((n, i) => Math.max(0, n - d.expected[i]));
    const bar = { type: "bar", x: d.x, hoverinfo: "skip" };
    const dark = d.over.map((is) => (is ? ink : faint));
    return [
      { ...bar, y: base, marker: { color: d.x.map((_, i) => (hollow(i) ? ground : faint)), line: { color: faint, width: d.x.map((_, i) => (hollow(i) ? 1.5 : 0)) }, opacity: 0.62 } },
      { ...bar, y: over, text: d.observed.map((n, i) => (d.over[i] ? `<b>${n}</b>` : "")), textposition: "outside", textfont: { color: ink, size: 12 }, cliponaxis: false, constraintext: "none",
        marker: { color: dark.map((c, i) => (hollow(i) ? ground : c)), line: { color: dark, width: d.x.map((_, i) => (hollow(i) && over[i] ? 2 : 0)) } } },
      { type: "scatter", mode: "lines", x: d.x, y: d.expected, line: { shape: "hvh", color: lk.colour("text-2"), width: 1.5 }, hoverinfo: "text", hovertext: d.said },
    ];
  };

  let held = null;
  const EMPTY = { data: [], layout: { height: HEIGHT, xaxis: { visible: false }, yaxis: { visible: false }, paper_bgcolor: OPEN, plot_bgcolor: OPEN } };
  const draw = () => {
    if (document.getElementById(GRAPH)) window.dash_clientside.set_props(GRAPH, { figure: held ? { data: traces(held), layout: layout(held) } : EMPTY });
  };
  document.addEventListener("lightkeeper-theme", () => held && draw());
  narrow.addEventListener("change", () => held && draw());

  let chosen = null;
  const show = (answer) => {
    held = answer.chart;
    const place = document.getElementById("hotspots-chart-place");
    if (!place) return;
    place.setAttribute("aria-label", answer.finding);
    place.closest("section").hidden = !held;
    draw();
    lk.drawHotspotMap(answer.map);
    const same = chosen?.number === answer.chosen?.number && chosen?.key === answer.chosen?.key;
    chosen = answer.chosen;
    window.dash_clientside.set_props("hotspots-shown", { data: chosen });
    window.dash_clientside.set_props("hotspots-form", { hidden: !chosen?.may });
    if (!same) window.dash_clientside.set_props("hotspots-said", { children: "" }); // it was said of another one
  };
  lk.pages ??= {};
  lk.pages["/answer/hotspots"] = {
    // A beat asks for the one that is looked at: a rarer one must not come under a note that is being written.
    words: (why) => (why === "beat" && chosen ? { _held: chosen.number ?? chosen.key } : {}),
    asked: (why) => why === "page" && (held = chosen = null),
    shown: show,
  };

  /** What was answered is in the next answer: ask at once. */
  window.dash_clientside = Object.assign(window.dash_clientside ?? {}, {
    hotspots: { done: (n) => (n && document.dispatchEvent(new Event("lightkeeper-beat")), window.dash_clientside.no_update) },
  });
})();
