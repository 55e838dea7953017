/* Holds the colours of the texts that faults.js made transparent against what the picture shows under them: fills, tints and
   areas of a map alike, because these are the pixels themselves. Gives [kind, what, where] of the pale ones, and of those that
   left no trace on the picture with text: no font was there, or nothing was painted. */
async ([written, bare, texts]) => {
  const PALE_SHARE = 0.08; // of the pixels under a text: a hairline that crosses it does not count
  const SAMPLES = 3000;

  const luminance = (r, g, b) => {
    const [x, y, z] = [r, g, b].map((v) => (v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

  /** Where a text lies, in whole pixels of the picture. */
  const dotsOf = (box, { width, height }) => {
    const [x0, y0, x1, y1] = [box.x0, box.y0, box.x1, box.y1].map((v) => Math.round(devicePixelRatio * v));
    return [Math.max(0, x0), Math.max(0, y0), Math.min(width, x1), Math.min(height, y1)];
  };
  /** Whether the pictures are alike wherever the text lies; a text beyond the picture's edge is not looked for. */
  const leavesNoTrace = ({ box }, one, other) => {
    const [x0, y0, x1, y1] = dotsOf(box, one);
    for (let y = y0; y < y1; y++) {
      const [from, to] = [4 * (y * one.width + x0), 4 * (y * one.width + x1)];
      for (let i = from; i < to; i++) if (one.data[i] !== other.data[i]) return false;
    }
    return x0 < x1 && y0 < y1;
  };
  /** The contrast of a text with what lies under it: a middling one of the pixels below `ratio`; null when they are few. */
  const paleness = ({ box, ink, ratio }, picture) => {
    const { data, width } = picture;
    const [x0, y0, x1, y1] = dotsOf(box, picture);
    const stride = Math.max(1, Math.floor(Math.sqrt(((x1 - x0) * (y1 - y0)) / SAMPLES)));
    const known = new Map();
    const low = [];
    let all = 0;
    for (let y = y0; y < y1; y += stride) {
      for (let x = x0; x < x1; x += stride) {
        const i = 4 * (y * width + x);
        const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
        const key = (r << 16) | (g << 8) | b;
        if (!known.has(key)) {
          const mixed = [r, g, b].map((under, c) => ink[c] * ink[3] + under * (1 - ink[3]));
          known.set(key, contrast(luminance(...mixed), luminance(r, g, b)));
        }
        all += 1;
        if (known.get(key) < ratio - 0.05) low.push(known.get(key));
      }
    }
    return low.length > PALE_SHARE * all ? low.sort((a, b) => a - b)[low.length >> 1] : null;
  };

  const pixelsOf = async (picture) => {
    const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
    canvas.drawImage(bitmap, 0, 0);
    return canvas.getImageData(0, 0, bitmap.width, bitmap.height);
  };
  const [shown, pixels] = await Promise.all([written, bare].map(pixelsOf));
  return texts.flatMap((text) => {
    if (leavesNoTrace(text, shown, pixels)) return [["unpainted", text.said, text.where]];
    const found = paleness(text, pixels);
    return found === null ? [] : [["pale", `${text.said} (${found.toFixed(1)} of ${text.ratio}:1)`, text.where]];
  });
}
