// Prints URLs as sites on imgix make them, one JSON line each, by imgix' own client and by unpic.
// Its argument is JSON: where pictures lie (signed, open, web), the token, the paths, and the web source.
import ImgixClient from "@imgix/js-core";
import { parseUrl, transformUrl } from "unpic";

const given = JSON.parse(process.argv[2]);
const { signed, open, web, token, paths, main, remote } = given;
const client = new ImgixClient({ domain: signed, secureURLToken: token, useHTTPS: false });
const nameless = new ImgixClient({ domain: signed, secureURLToken: token, useHTTPS: false, includeLibraryParam: false });
const proxy = new ImgixClient({ domain: web, secureURLToken: token, useHTTPS: false });

function tell(kind, path, url, descriptor = "") {
  console.log(JSON.stringify({ kind, path, url, descriptor }));
}

function tellSrcset(kind, path, srcset) {
  for (const line of srcset.split(",\n")) {
    const [url, descriptor] = line.split(" ");
    tell(kind, path, url, descriptor);
  }
}

// Every awkward path, with a few queries of everyday use.
const everyday = [
  {},
  { w: 120 },
  { auto: "format,compress", fit: "max", w: 2000 },
  { w: 90, h: 90, fit: "crop", crop: "faces,entropy" },
  { w: 64, h: 64, fit: "facearea", facepad: 2, q: 80 },
  { rect: "10,20,100,60", w: 50 },
];
for (const path of paths) for (const params of everyday) tell("url", path, client.buildURL(path, params));

// One picture, in every way that sites ask for it.
const ways = [
  { w: 0.25 }, { w: "1.0" }, { h: 0.5 }, { w: 300, h: 300 }, { w: 300, h: 300, fit: "clip" }, { w: 2600 },
  { w: 300, h: 300, fit: "max" }, { w: 3000, h: 3000, fit: "max" }, { h: 240 }, { h: 240, dpr: 2 }, { w: 200, dpr: 1.5 },
  { w: 200, dpr: 3, fit: "max" }, { w: 900, dpr: 3, fit: "max" }, { w: 300, h: 100, fit: "crop", crop: "top,left" },
  { w: 300, h: 100, fit: "crop", crop: "edges" }, { w: 300, h: 100, fit: "crop", crop: "focalpoint", "fp-x": 0.2, "fp-y": 0.8, "fp-z": 2 },
  { w: 240, ar: "16:9", fit: "crop" }, { h: 240, ar: "4:5", fit: "crop", crop: "faces" }, { w: 240, ar: "1.5", fit: "crop" },
  { w: 240, ar: "1:1" }, { w: 240, fit: "crop" }, { w: 300, h: 300, fit: "min" }, { w: 2500, h: 2500, fit: "min" },
  { w: 2500, h: 1000, fit: "min" }, { w: 300, h: 300, fit: "fill", fill: "solid", "fill-color": "8aa" },
  { w: 300, h: 300, fit: "fill", fill: "blur" }, { w: 300, h: 300, fit: "fill", bg: "fa0" }, { w: 2000, h: 1300, fit: "fillmax" },
  { w: 300, h: 300, fit: "scale" }, { w: 300, h: 300, fit: "clamp" }, { w: 256, h: 256, fit: "facearea", facepad: 3, faceindex: 1 },
  { w: 256, h: 128, fit: "facearea,crop" }, { rect: "100,100,400,300" }, { rect: "0.25,0,0.5,0.75", h: 200 },
  { rect: "100,100,9000,9000", w: 100 }, { rect: "433,0,866,1155", w: 200, h: 200, fit: "crop" },
  { rot: 90, w: 200 }, { orient: 90, w: 200 }, { flip: "hv", w: 200 }, { w: 200, fm: "png" }, { w: 200, fm: "webp", q: 40 },
  { w: 200, fm: "avif", auto: "compress" }, { w: 200, auto: ["format", "compress", "enhance"] }, { w: 200, auto: "true" },
  { w: 200, sat: -100, con: 20, bri: -10, sharp: 15 }, { w: 200, blur: 40 }, { w: 200, monochrome: "ff336699" }, { w: 200, px: 8 },
  { w: 200, duotone: "000080,FA8072", "duotone-alpha": 90 }, { w: 200, mask: "ellipse", fm: "png" },
  { w: 200, mask: "corners", "corner-radius": "10,20,30,40", "mask-bg": "fff" }, { w: 200, h: 200, fit: "crop", border: "5,f60" },
  { w: 200, mark: "/alpha.png", "mark-w": 0.3, "mark-align": "bottom,right" }, { w: 200, mark64: "/Übergröße 東京.jpg", "mark-scale": 20 },
  { w: 200, blend: "FF0000", "blend-mode": "softlight", "blend-alpha": 50 }, { w: 200, blend64: "/alpha.png", "blend-fit": "crop" },
  { w: 200, txt: "" }, { w: 200, txt: "a + b = c & d? 100%" }, { w: 200, txt: "It's (a) *test*! ~" }, { w: 200, txt64: "I cannøt belîév∑ it 😱" },
  { w: 200, txt: "Grüße, 東京 😀", "txt-size": 20, "txt-color": "fff", "txt-align": "middle,center", "txt-font": "sans-serif,bold" },
  { w: 200, w64: "120" }, { w64: "120" }, { h64: "99", fit64: "crop", ar64: "2:1" }, { "utm source": "a b", größe: "ä+ö", w: 200 },
  { w: 200, h: "", fit: "", nothing: null }, { w: 200, expires: 4102444800 }, { w: 200, dl: "my file.jpg" }, { w: 200, ixid: "MnwxfDB8" },
  { w: 200, s2: "x", ss: "s=y&s=z" }, { w: 200, "face-blur": 50 },
];
for (const params of ways) tell("url", main, client.buildURL(main, params));

tell("url", main, nameless.buildURL(main, { w: 210 }));
tell("url", main, nameless.buildURL(main));
tell("url", main, nameless.buildURL(`/${main}`, { w: 211 }));
tell("url", "plus+and&equals=.jpg", client.buildURL("plus%2Band%26equals=.jpg", { w: 70 }, { disablePathEncoding: true }));
tell("url", "with spaces.jpg", client.buildURL("with spaces.jpg", { w: 71, txt: "a b" }, { encoder: (text) => encodeURIComponent(text).replaceAll("%20", "+").replaceAll("with+", "with%20") }));
const options = { secureURLToken: token, useHTTPS: false };
tell("url", main, ImgixClient._buildURL(`http://${signed}/${main}?h=120&fit=crop`, { w: 130 }, options));

tellSrcset("fluid", main, client.buildSrcSet(main));
tellSrcset("fluid", paths[0], client.buildSrcSet(paths[0], { auto: "format", fit: "max" }));
tellSrcset("fluid", paths[1], client.buildSrcSet(paths[1], { ar: "16:9", fit: "crop", crop: "faces,edges" }));
tellSrcset("fluid", main, client.buildSrcSet(main, { auto: "format,compress" }, { minWidth: 320, maxWidth: 1280, widthTolerance: 0.2 }));
tellSrcset("fluid", main, client.buildSrcSet(main, { q: 60 }, { widths: [144, 240, 320, 446, 640] }));
tellSrcset("fluid", main, ImgixClient._buildSrcSet(`http://${signed}/${main}?auto=format`, { fit: "max" }, { widths: [100, 500, 1000] }, options));
tellSrcset("fixed", main, client.buildSrcSet(main, { w: 160 }));
tellSrcset("fixed", main, client.buildSrcSet(main, { h: 120, ar: "3:2", fit: "crop", crop: "faces" }));
tellSrcset("fixed", paths[2], client.buildSrcSet(paths[2], { w: 100, h: 100, fit: "facearea", facepad: 2.5 }));
tellSrcset("fixed", main, client.buildSrcSet(main, { w: 100, q: 66 }));
tellSrcset("plain", main, client.buildSrcSet(main, { w: 100, h: 80, fit: "crop" }, { disableVariableQuality: true }));
tellSrcset("fixed", main, client.buildSrcSet(main, { w: 100, fit: "max" }, { devicePixelRatios: [1, 1.5, 2.5], variableQualities: { 1: 70, 2: 45 } }));

for (const path of paths) {
  const url = `${remote}/${encodeURIComponent(path)}`;
  tell("web", path, proxy.buildURL(url, { w: 80 }));
  tell("web", path, proxy.buildURL(`${url}?size=l&x=a+b`, { w: 80, h: 40, fit: "crop", auto: "format" }));
}
tellSrcset("web", main, proxy.buildSrcSet(`${remote}/${main}`, { w: 60, ar: "1:1", fit: "crop" }));

// unpic knows no token: it signs nothing.
for (const path of paths) {
  const url = `http://${open}/${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
  const spoken = { url, provider: "imgix" };
  tell("unpic", path, transformUrl({ ...spoken, width: 120, height: 80 }));
  tell("unpic", path, transformUrl({ ...spoken, width: 99.6 }));
  tell("unpic", path, transformUrl({ ...spoken, width: 400, height: 400, format: "webp", quality: 60 }));
  tell("unpic", path, transformUrl({ ...spoken, url: `${url}?auto=compress&fit=crop&crop=faces&h=60`, width: 110 }, { imgix: { bg: "f60" } }));
  const found = parseUrl(`${url}?w=120&h=80&q=70&fm=jpg`, "imgix");
  tell("unpic", path, transformUrl({ ...spoken, url: found.src, ...found.operations }));
}
