// Prints a page as a site on imgix has it: pictures by next/image, avatars, crops of an editor, srcsets of the clients.
// Its argument is JSON: the hosts of pictures (signed, open), the token, and three paths: wide, face, small.
import ImgixClient from "@imgix/js-core";
import { transformUrl } from "unpic";

const { signed, open, token, wide, face, small } = JSON.parse(process.argv[2]);
const client = new ImgixClient({ domain: signed, secureURLToken: token, useHTTPS: false });

// The widths that Next.js is set to by default.
const DEVICES = [640, 750, 828, 1080, 1200, 1920, 2048, 3840];
const ALL = [16, 32, 48, 64, 96, 128, 256, 384, ...DEVICES];

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
const written = (name, attributes) =>
  `<${name} ${Object.entries(attributes).map(([key, value]) => `${key}="${escaped(String(value))}"`).join(" ")}>`;

// What a loader for imgix is: what the source says is kept, the rest has defaults.
function imgixLoader({ src, width, quality }) {
  const url = new URL(src);
  const query = url.searchParams;
  query.set("auto", query.get("auto") || "format");
  query.set("fit", query.get("fit") || "max");
  query.set("w", query.get("w") || String(width));
  if (quality) query.set("q", String(quality));
  return url.href;
}

// What next/image writes: with sizes every width from the smallest share of the narrowest device, without them one and two densities.
function nextImage({ src, alt, width, height, fill, sizes, quality, priority }) {
  const shares = (sizes || "").match(/\d+(?=vw)/g) || [];
  const least = shares.length ? (DEVICES[0] * Math.min(...shares)) / 100 : 0;
  let widths = ALL.filter((one) => one >= least);
  if (!sizes) widths = [width, width * 2].map((wanted) => ALL.find((one) => one >= wanted) || ALL.at(-1));
  widths = [...new Set(widths)];
  const load = (one) => imgixLoader({ src, width: one, quality });
  return written("img", {
    alt,
    ...(priority ? { fetchpriority: "high" } : { loading: "lazy" }),
    ...(fill ? {} : { width, height }),
    decoding: "async",
    "data-nimg": fill ? "fill" : "1",
    style: fill ? "position:absolute;height:100%;width:100%;inset:0;object-fit:cover;color:transparent" : "color:transparent",
    ...(sizes ? { sizes } : {}),
    srcset: widths.map((one, index) => `${load(one)} ${sizes ? `${one}w` : `${index + 1}x`}`).join(", "),
    src: load(widths.at(-1)),
  });
}

const at = (path) => `http://${open}/${encodeURI(path)}`;
const figure = (title, content) => `<figure>${content}<figcaption>${title}</figcaption></figure>`;

const hero = nextImage({ src: at(wide), alt: "hero", width: 1200, height: 800, sizes: "100vw", priority: true });
const cards = [wide, face, small].map((path, index) =>
  `<div class="box">${nextImage({ src: `${at(path)}?crop=faces,entropy`, alt: `card ${index}`, fill: true, sizes: "(max-width: 700px) 100vw, 33vw", quality: 75 })}</div>`);
const fixed = nextImage({ src: at(face), alt: "fixed", width: 200, height: 200, quality: 75 });
const avatar = `${at(face)}?fit=facearea&facepad=2&w=256&h=256&q=80`;
const avatars = [16, 12, 8].map((rem) => written("img", { class: "avatar", width: rem * 8, height: rem * 8, src: avatar, alt: "avatar" }));
const editor = ["rect=100,50,800,600&w=400&h=300", "rect=0,0,1155,1155&w=300&h=300", "rect=300,100,400,700&w=200&h=350"].map((query) =>
  written("img", { alt: "crop of an editor", src: `${at(wide)}?auto=format,compress&${query}` }));
const fluid = written("img", { alt: "fluid", sizes: "(min-width: 700px) 50vw, 100vw", srcset: client.buildSrcSet(wide, { auto: "format", ar: "16:9", fit: "crop" }), src: client.buildURL(wide, { w: 400 }) });
const dense = written("img", { alt: "dense", srcset: client.buildSrcSet(small, { auto: "format", w: 150, txt: "It's signed", "txt-size": 20, "txt-color": "fff" }), src: client.buildURL(small, { w: 150 }) });
const spoken = (width, height) => transformUrl({ url: at(wide), provider: "imgix", width, height });
const unpic = written("img", { alt: "unpic", width: 320, height: 200, sizes: "320px", srcset: [320, 640, 960].map((width) => `${spoken(width, Math.round(width / 1.6))} ${width}w`).join(", "), src: spoken(320, 200), loading: "lazy" });
const art = (params, widths) => client.buildSrcSet(face, { auto: "format", fit: "crop", crop: "faces", ...params }, { widths });
const picture = `<picture>${written("source", { media: "(min-width: 1000px)", sizes: "600px", srcset: art({ ar: "21:9" }, [600, 1200]) })}${written("source", { media: "(min-width: 500px)", sizes: "400px", srcset: art({ ar: "4:3" }, [400, 800]) })}${written("img", { alt: "art direction", src: client.buildURL(face, { auto: "format", fit: "crop", crop: "faces", w: 300, h: 300 }) })}</picture>`;

console.log(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A site on imgix</title>
<link rel="icon" href="data:,">
<style>
body { margin: 0 auto; padding: 0 16px; font: 16px/1.4 sans-serif; max-width: 1200px; }
.hero img { width: 100%; height: auto; display: block; }
.cards { display: grid; grid-template-columns: repeat(3, 1fr); gap: 16px; margin: 16px 0; }
.box { position: relative; aspect-ratio: 4 / 3; overflow: hidden; }
.row { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; }
.avatar { border-radius: 50%; }
figure { margin: 0 0 16px; }
figcaption { color: #555; font-size: 13px; }
.fluid { width: 50vw; height: auto; }
@media (max-width: 700px) { .cards { grid-template-columns: 1fr; } .row img { max-width: 100%; height: auto; } }
</style>
</head>
<body>
<div class="hero">${figure("next/image, sizes=100vw, priority", hero)}</div>
<div class="cards">${cards.join("\n")}</div>
<div class="row">
${figure("next/image, fixed", fixed)}
${figure("avatars: fit=facearea&amp;facepad=2", avatars.join("\n"))}
${editor.map((one) => figure("rect of an editor", one)).join("\n")}
${figure("js-core, signed srcset of widths", fluid.replace("<img ", '<img class="fluid" '))}
${figure("js-core, signed srcset of densities", dense)}
${figure("unpic", unpic)}
${figure("&lt;picture&gt;, signed", picture)}
</div>
</body>
</html>`);
