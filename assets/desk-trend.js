/* The trend of one figure, drawn by the chart library in the colours of the theme: the value with its interval, the year
   before as a thin grey line, the target dashed, major events as grey fields, how many rows were counted as bars beneath.
   The last bucket is hollow while it runs. The same numbers stand beneath as a table. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {});
  const GRAPH = "trend-chart";
  const PAGES = ["timeliness", "repeats", "satisfaction"];
  const OPEN = "rgba(0,0,0,0)";
  const narrow = matchMedia("(max-width: 720px)");
  const known = (values) => values.filter((v) => v !== null);

  /** Range of the value axis: everything that is drawn, with air; a rate stays within 0 to 100. */
  const range = (d) => {
    const all = known([...d.value, ...d.ago, ...(d.target === null ? [] : [d.target])]);
    const ends = known([...d.low, ...d.high]);
    let [low, high] = [Math.min(...all), Math.max(...all)];
    const room = Math.max((high - low) * 0.6, d.rate ? 1 : Math.abs(high) * 0.1);
    low = Math.max(Math.min(low, ...ends), low - room);
    high = Math.min(Math.max(high, ...ends), high + room);
    const air = Math.max((high - low) * 0.06, d.rate ? 0.2 : 0.1);
    const least = [...all, ...ends].some((v) => v < 0) ? -Infinity : 0; // a score may lie below nought
    return [Math.max(least, low - air), d.rate ? Math.min(100.4, high + air) : high + air];
  };

  /** The names at the right end, moved apart where they would lie on each other. `tall`: px of the value axis. */
  const ends = (d, [low, high], tall) => {
    const at = (v) => (Math.min(high, Math.max(low, v)) - low) / (high - low);
    const last = (values) => known(values).at(-1);
    const wanted = [
      d.names.target && [d.names.target, at(d.target), "text-2", false],
      d.names.value && [d.names.value, at(last(d.value)), "text", true],
      d.names.ago && [d.names.ago, at(last(d.ago)), "text-3", false],
    ].filter(Boolean);
    wanted.sort((a, b) => a[1] - b[1]);
    const gap = 16 / tall;
    wanted.forEach((one, i) => i && (one[1] = Math.max(one[1], wanted[i - 1][1] + gap)));
    const over = Math.max(0, (wanted.at(-1)?.[1] ?? 0) - 1);
    return wanted.map(([text, y, ink, bold]) => ({
      text: bold ? `<b>${text}</b>` : text,
      xref: "paper", x: 1, xanchor: "left", xshift: 44,
      yref: "y domain", y: Math.max(0, y - over), yanchor: "middle",
      showarrow: false, font: { color: lk.colour(ink), size: 12 },
    }));
  };

  const layout = (d, tall) => {
    const wide = !narrow.matches;
    const many = wide ? 6 : 3;
    const step = Math.max(1, Math.ceil((d.x.length - 1) / many));
    const shown = d.x.map((_, i) => i).filter((i) => (d.x.length - 1 - i) % step === 0);
    const text = { color: lk.colour("text-3"), size: 12 };
    const values = range(d);
    const after = (day) => new Date(Date.parse(day) + 43200e3).toISOString().slice(0, 16);
    const before = (day) => new Date(Date.parse(day) - 43200e3).toISOString().slice(0, 16);
    const events = d.events.map((e) => ({ type: "rect", layer: "below", xref: "x", yref: "paper", x0: before(e.from), x1: after(e.to), y0: 0, y1: 1, fillcolor: lk.colour("raised"), line: { width: 0 } }));
    const named = d.events.map((e) => ({ text: e.name, xref: "x", x: e.from, yref: "paper", y: 1, yanchor: "bottom", xanchor: "left", showarrow: false, font: { color: lk.colour("text-2"), size: 12 } }));
    const target = d.target === null ? [] : [{ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y", y0: d.target, y1: d.target, line: { color: lk.colour("text-2"), width: 1, dash: "dash" } }];
    const axis = { fixedrange: true, zeroline: false, showline: false, tickfont: text, side: "right", ticks: "" };
    const most = Math.max(1, ...d.n);
    return {
      height: 292, paper_bgcolor: OPEN, plot_bgcolor: OPEN, showlegend: false, hovermode: "x", dragmode: "zoom", bargap: 0.35,
      uirevision: d.key,
      margin: { l: 6, r: wide ? 152 : 40, t: d.events.length ? 26 : 12, b: 24 },
      font: { family: getComputedStyle(document.body).fontFamily, color: lk.colour("text"), size: 12 },
      hoverlabel: { bgcolor: lk.colour("surface"), bordercolor: lk.colour("line-strong"), font: { color: lk.colour("text"), size: 12 }, align: "left" },
      xaxis: { type: "date", tickmode: "array", tickvals: shown.map((i) => d.x[i]), ticktext: shown.map((i) => d.ticks[i]), tickfont: text, showgrid: false, zeroline: false, anchor: "y2", showspikes: true, spikemode: "across", spikethickness: 1, spikedash: "dot", spikecolor: lk.colour("line-strong") },
      yaxis: { ...axis, domain: [0.24, 1], range: values, nticks: 5, gridcolor: lk.colour("grid"), ticksuffix: d.unit, showticksuffix: "last" },
      yaxis2: { ...axis, domain: [0, 0.15], range: [0, most], tickmode: "array", tickvals: [most], showgrid: false },
      shapes: [...events, ...target],
      annotations: [...named, ...(wide ? ends(d, values, tall * 0.76) : []), { text: d.names.rows, xref: "paper", x: 0, xanchor: "left", yref: "paper", y: 0.16, yanchor: "bottom", showarrow: false, font: text }],
    };
  };

  const traces = (d) => {
    const last = d.x.length - 1;
    const [ink, faint, ground] = [lk.colour("text"), lk.colour("reference"), lk.colour("surface")];
    const plain = { type: "scatter", mode: "lines", x: d.x, hoverinfo: "skip", connectgaps: false };
    // A band is drawn piece by piece: over a gap it would be filled across.
    const pieces = [];
    d.x.forEach((x, i) => {
      if (d.low[i] === null) return;
      if (i && d.low[i - 1] !== null) pieces.at(-1).push(i);
      else pieces.push([i]);
    });
    const bands = pieces.map((of) => ({ ...plain, x: [...of.map((i) => d.x[i]), ...of.toReversed().map((i) => d.x[i])], y: [...of.map((i) => d.high[i]), ...of.toReversed().map((i) => d.low[i])], fill: "toself", fillcolor: lk.colour("band"), line: { width: 0 } }));
    const hollow = (i) => d.open && i === last;
    const dots = d.x.map((_, i) => (hollow(i) || i === last || d.x.length < 40 ? 6 : 0));
    const bars = { type: "bar", x: d.x, y: d.n, yaxis: "y2", hoverinfo: "skip", marker: { color: d.n.map((_, i) => (hollow(i) ? ground : faint)), line: { color: faint, width: d.n.map((_, i) => (hollow(i) ? 1 : 0)) } } };
    return [
      ...bands,
      { ...plain, y: d.ago, line: { color: faint, width: 1.5 } },
      { ...plain, y: d.value, mode: "lines+markers", line: { color: ink, width: 2 }, marker: { size: dots, color: d.x.map((_, i) => (hollow(i) ? ground : ink)), line: { color: ink, width: d.x.map((_, i) => (hollow(i) ? 1.5 : 0)) } }, hoverinfo: "text", hovertext: d.said },
      bars,
    ];
  };

  let held = null;
  const height = () => 292; // px; as in desk-timeliness.css
  const figure = (data) => {
    held = data;
    return data ? { data: traces(data), layout: layout(data, height()) } : { data: [], layout: { xaxis: { visible: false }, yaxis: { visible: false }, paper_bgcolor: OPEN, plot_bgcolor: OPEN } };
  };
  const again = () => held && document.getElementById(GRAPH) && window.dash_clientside.set_props(GRAPH, { figure: figure(held) });
  document.addEventListener("lightkeeper-theme", again);
  narrow.addEventListener("change", again);

  /** On paper at once: what is set through the page comes too late. */
  const redraw = () => {
    const plot = document.querySelector(`#${GRAPH} .js-plotly-plot`);
    if (held && plot && window.Plotly) window.Plotly.react(plot, traces(held), layout(held, height()));
  };
  window.addEventListener("beforeprint", redraw);
  window.addEventListener("afterprint", () => setTimeout(redraw));

  lk.pages ??= {};
  for (const page of PAGES) {
    lk.pages[`/answer/${page}`] = { asked: (why) => why === "page" && (held = null) };
    lk.pages[`/answer/${page}-trend`] = {
      shown: (answer) => {
        const place = document.getElementById("trend-drawing");
        place.setAttribute("aria-label", answer.finding);
        place.hidden = !answer.trend;
        window.dash_clientside.set_props(GRAPH, { figure: figure(answer.trend) });
      },
    };
  }
})();
