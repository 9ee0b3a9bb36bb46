// Makes emoji.json from the npm package emojibase-data: what the picker needs, a tenth of it. Run after an update:
//   npm pack emojibase-data && tar xzf emojibase-data-*.tgz && node reduce.mjs package > emoji.json
import { readFileSync } from "node:fs"
import { inTone, TONES } from "../../page/emoji.js"

const NEWEST = 15 // of Emoji: what came later shows as a box on too many machines
const COMPONENTS = 2 // a group of parts, such as a skin tone alone

const folder = process.argv[2]
const read = (path) => JSON.parse(readFileSync(`${folder}/${path}`, "utf8"))
const words = ({ label, tags = [] }) => [label, tags.filter((tag) => !label.includes(tag)).join(" ")]

const chinese = new Map(read("zh/data.json").map((each) => [each.hexcode, each]))
const groups = new Map()
for (const each of read("en/data.json").sort((one, other) => one.order - other.order)) {
  if (each.group === undefined || each.group === COMPONENTS || each.version > NEWEST) continue
  const skins = new Set(each.skins?.map(({ emoji }) => emoji))
  const toned = TONES.every((tone) => skins.has(inTone(each.emoji, tone)))
  const row = [each.emoji, toned ? 1 : 0, ...words(each), ...words(chinese.get(each.hexcode))]
  groups.set(each.group, [...(groups.get(each.group) ?? []), row])
}
console.log(`{"version": "${read("package.json").version}", "groups": {`)
const texts = [...groups].map(([group, rows]) => `"${group}": [\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]`)
console.log(`${texts.join(",\n")}\n}}`)
