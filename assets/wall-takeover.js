/* The take-over: the oldest critical alert that nobody acknowledged holds the wall, under a red band that says what, where
   and for how long; with a tone and a sentence where the profile asks for it. In a flood of alerts none does. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  // Sizes in rem as in wall.css: width of the band without its margins, its two kinds of text.
  const SIZE = { "3m": { width: 184.8, large: 5.2, small: 2.2 }, "6m": { width: 182.4, large: 8.4, small: 4.4 }, "10m": { width: 180.8, large: 13.6, small: 7.3 } }[distance];
  const GAP = 2; // ems between the two ends of a line

  /** The alert that holds the wall at `now`: {row, waiting}, or null. */
  lk.takenOver = (now) => {
    const alerts = lk.parts.alerts;
    if (!alerts || alerts.flood) return null;
    const rows = lk.rows(alerts.critical);
    const row = rows.find((r) => now - r.since < lk.page.takeover_s * 1000);
    return row ? { row, waiting: rows.length - 1 } : null;
  };

  const CLOCK = {
    arrival: (place) => t("{place}: arrive overdue", { place }),
    restoration: (place) => t("{place}: restore overdue", { place }),
  };
  const what = (row, place) => CLOCK[row.clock]?.(place) ?? t("{place}: critical", { place });

  /** What happened, from the fullest name of the place to the least that must be said. */
  const titles = (row) => {
    const [station, feeder] = [lk.name(row.station) ?? lk.name(row.county), lk.name(row.feeder)];
    const otherwise = row.order_no ?? "";
    const both = station && feeder && !feeder.startsWith(station) ? [`${station} ${feeder}`] : [];
    const names = [...both, feeder ?? station ?? otherwise, station ?? feeder ?? otherwise];
    return [...names.map((place) => what(row, place)), t("{place}: overdue", { place: station ?? feeder ?? otherwise })];
  };

  const customers = (row, now) => {
    const state = lk.watchOf(["outages"], now).state;
    if (state === "unfed") return null;
    if (state !== "ok" || row.customers === null) return t("customers out unknown");
    return row.customers === 1 ? t("1 customer out") : t("{n} customers out", { n: lk.count(row.customers) });
  };

  const joined = (parts) => parts.filter(Boolean).join(lk.zh ? "，" : ", ");

  /** What else is known, from all of it to the least. */
  const details = ({ row, waiting }, now) => {
    const county = lk.name(row.county);
    const over = row.due_at === null ? null : t("{duration} over", { duration: lk.duration(now - row.due_at) });
    const others = waiting ? t("{n} more waiting", { n: lk.count(waiting) }) : null;
    const out = customers(row, now);
    return [[county, over, out, others], [over, out, others], [out, others], [others ?? out]].map(joined);
  };

  /** Of all pairs of a left and a right text, the first that leaves a gap between them. */
  const pairOf = (lefts, rights, size, bold) => {
    const wide = (text) => lk.textWidth(text, size, bold);
    const pairs = lefts.flatMap((left) => rights.map((right) => [left, right]));
    return pairs.find(([left, right]) => wide(left) + wide(right) + GAP * size <= SIZE.width) ?? pairs.at(-1);
  };

  /** The title where it fits `room` rem; else the least that must be said, with the name cut. */
  const shortened = (row, title, room) => {
    if (lk.textWidth(title, SIZE.large, true) <= room) return title;
    const name = lk.name(row.station) ?? lk.name(row.county) ?? lk.name(row.feeder) ?? row.order_no ?? "";
    return lk.fittingSentence(null, (place) => t("{place}: overdue", { place }), [name], room, SIZE.large, true);
  };

  const band = (taken, now) => {
    const duration = lk.duration(now - taken.row.since);
    const since = { time: lk.when(taken.row.since, now) };
    const [title, lasted] = pairOf(titles(taken.row), [t("not acknowledged {duration}", { duration }), duration], SIZE.large, true);
    const ends = lasted === duration ? [t("not acknowledged since {time}", since), t("not acknowledged")] : [t("since {time}##alert", since)];
    const [said, end] = pairOf(details(taken, now), ends, SIZE.small, false);
    return h(
      "section",
      { class: "banner red", role: "alert", "data-alert": taken.row.id },
      h("div", { class: "split" }, h("h1", null, shortened(taken.row, title, SIZE.width - GAP * SIZE.large - lk.textWidth(lasted, SIZE.large, true))), h("b", { class: "lasted" }, lasted)),
      h("div", { class: "split" }, h("span", { class: "details" }, said), h("span", null, end)),
    );
  };

  const SPOKEN = "lightkeeper-spoken"; // ids that were said, kept over a reload while they are still open
  const spoken = () => JSON.parse(sessionStorage.getItem(SPOKEN) ?? "[]");

  const TONE_S = 0.8;

  const tone = () => {
    const audio = new AudioContext();
    const [pitch, loudness] = [audio.createOscillator(), audio.createGain()];
    pitch.frequency.value = 660;
    loudness.gain.setValueAtTime(0.3, audio.currentTime);
    loudness.gain.linearRampToValueAtTime(0, audio.currentTime + TONE_S);
    pitch.connect(loudness).connect(audio.destination);
    pitch.start();
    setTimeout(() => audio.close(), 2000 * TONE_S); // also where the browser does not let it sound
  };

  /** By a voice of this computer only: another would send the words out of the house. */
  const say = (sentence) => {
    const speech = window.speechSynthesis;
    const voices = speech?.getVoices() ?? [];
    if (speech && !voices.length) return speech.addEventListener("voiceschanged", () => say(sentence), { once: true });
    const voice = voices.find((v) => v.localService && v.lang.startsWith(lk.zh ? "zh" : "en"));
    if (!voice) return;
    const words = new SpeechSynthesisUtterance(sentence);
    words.voice = voice;
    words.lang = voice.lang;
    speech.speak(words);
  };

  /** Each alert is heard once. */
  const announce = (row) => {
    if (!lk.page.speak || lk.lost || spoken().includes(row.id)) return;
    const open = lk.rows(lk.parts.alerts.critical).map((r) => r.id);
    sessionStorage.setItem(SPOKEN, JSON.stringify([...spoken().filter((id) => open.includes(id)), row.id]));
    try {
      say(titles(row)[0]);
      tone();
    } catch (error) {
      console.warn(`lightkeeper: the alert could not be heard: ${error.message}`); // it still stands on the wall
    }
  };

  /** Fills the band, or takes it away. */
  lk.drawTakeover = (place, now, taken) => {
    lk.patch(place, taken ? [band(taken, now)] : []);
    if (taken) announce(taken.row);
  };
})();
