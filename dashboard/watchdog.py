"""The few lines of script that stand in a wall's own HTML, for when the scripts beside it did not arrive.

A server that dies between the page and its scripts leaves a page on which nothing runs that could try again, or a
page that Dash has emptied because the chart library did not come.
"""

from typing import Final

# Twice in a row 10 s apart: a slow network may take its time. Each further reload waits twice as long, to 5 minutes.
SCRIPT: Final = """<script>
(() => {
  const TIMES = "lightkeeper-mended";
  let broken = false;
  let bad = 0;
  addEventListener("error", (event) => {
    broken ||= event.target instanceof HTMLScriptElement || event.target instanceof HTMLLinkElement;
  }, true);
  const whole = () =>
    !broken &&
    window.lightkeeper?.answers !== undefined &&
    (window.lightkeeper.answers === 0 || document.querySelector("#wall .screen.on")) &&
    !document.querySelector("._dash-loading, ._dash-error") &&
    ![...document.fonts].some((font) => font.status === "error");
  const look = async () => {
    if (document.readyState !== "complete") return;
    if (whole()) {
      bad = 0;
      sessionStorage.removeItem(TIMES);
      return;
    }
    bad += 1;
    const times = Number(sessionStorage.getItem(TIMES));
    if (bad < 2 ** Math.min(times + 1, 5)) return;
    const reply = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (!reply?.ok || whole()) return;
    sessionStorage.setItem(TIMES, times + 1);
    location.reload();
  };
  setInterval(look, 10000);
})();
</script>"""
