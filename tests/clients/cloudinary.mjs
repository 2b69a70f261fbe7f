// Prints URLs as sites on Cloudinary make them, one JSON line each, by Cloudinary's own client.
// Its argument is JSON: the secret, the public ids, the one that all ways are tried with, and a URL to be fetched.
import { v2 as cloudinary } from "cloudinary";

const { secret, ids, main, remote } = JSON.parse(process.argv[2]);
cloudinary.config({ cloud_name: "demo", api_key: "1", api_secret: secret, secure: true });

// The client takes away from the options that it is given.
function tell(id, options, signing, size = null) {
  const url = cloudinary.url(id, { sign_url: true, ...signing, ...structuredClone(options) });
  console.log(JSON.stringify({ id, options, url, size }));
}

const signings = [{}, { signature_algorithm: "sha256" }, { long_url_signature: true }];
const everyday = [
  {}, { width: 120, crop: "scale" }, { fetch_format: "auto", quality: "auto", width: 90, crop: "limit" },
  { width: 80, height: 60, crop: "fill", gravity: "auto" }, { format: "webp", width: 50, crop: "scale" }, { version: 1712345678 },
];
for (const id of ids) for (const signing of signings) for (const options of everyday) tell(id, options, signing);

const text = { font_family: "Open Sans", font_size: 30, font_weight: "bold", text: "Grüße, 東京/now + 100%" };
// The picture has 600 x 400 px.
const ways = [
  [{ width: 300, crop: "scale" }, [300, 200]],
  [{ width: 0.5, crop: "scale" }, [300, 200]],
  [{ width: 300, height: 300, crop: "fit" }, [300, 200]],
  [{ width: 900, height: 900, crop: "limit" }, [600, 400]],
  [{ width: 900, height: 900, crop: "mfit" }, [900, 600]],
  [{ width: 300, height: 300, crop: "fill", gravity: "north_east" }, [300, 300]],
  [{ width: 900, height: 300, crop: "lfill" }, [600, 300]],
  [{ width: 300, height: 300, crop: "pad", background: "blurred:400:15" }, [300, 300]],
  [{ width: 900, height: 900, crop: "lpad", background: "#ff0000" }, [900, 900]],
  [{ width: 900, height: 100, crop: "mpad" }, [900, 400]],
  [{ width: 300, height: 200, crop: "crop", x: 20, y: 30 }, [300, 200]],
  [{ width: 100, height: 100, crop: "thumb", gravity: "face", zoom: 0.7 }, [100, 100]],
  [{ aspect_ratio: "16:9", width: 320, crop: "fill" }, [320, 180]],
  [{ width: 100, height: 100, crop: "fill", dpr: 2 }, [200, 200]],
  [{ width: 100, height: 100, crop: "fill", border: "4px_solid_black", radius: "max" }, [108, 108]],
  [{ width: 100, height: 50, crop: "fill", angle: 90 }, [50, 100]],
  [{ angle: ["hflip"], width: 60, crop: "scale", effect: "sepia:50", opacity: 80 }, [60, 40]],
  [{ transformation: [{ width: 400, height: 400, gravity: "face", crop: "crop" }, { radius: "max" }, { width: 200, crop: "scale" }] }, [200, 200]],
  [{ transformation: [{ width: 300, height: 200, crop: "fill" }, { overlay: text, gravity: "south", y: 20, color: "#ffffff" }] }, [300, 200]],
  [{ transformation: [{ width: 300, height: 200, crop: "fill" }, { overlay: "logo" }, { width: 40, crop: "scale" }, { flags: "layer_apply", gravity: "north_west", x: 5 }, { fetch_format: "png" }] }, [300, 200]],
  [{ transformation: [{ width: 300, height: 200, crop: "fill" }, { width: 400, height: 400, crop: "pad", background: "white" }, { quality: "auto:eco" }] }, [400, 400]],
  [{ type: "authenticated", width: 64, crop: "scale" }, [64, 43]],
  [{ type: "private", width: 64, crop: "scale" }, [64, 43]],
  [{ url_suffix: "a-good-name", private_cdn: true, width: 64, crop: "scale", format: "jpg" }, [64, 43]],
  [{ shorten: true, width: 64, crop: "scale" }, [64, 43]],
  [{ flags: ["progressive", "strip_profile"], width: 64, crop: "scale", quality: 40 }, [64, 43]],
];
for (const [way, size] of ways) for (const signing of signings) tell(main, way, signing, size);
for (const signing of signings) tell(remote, { type: "fetch", width: 64, crop: "scale" }, signing);
