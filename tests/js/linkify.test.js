import assert from "node:assert/strict"
import { test } from "node:test"

import { linkify } from "../../chat/static/chat/page/linkify.js"

const links = (text) => linkify(text).filter(({ href }) => href).map(({ text }) => text)

test("a sentence's punctuation is not the address's", () => {
  for (const [said, link] of [
    ["see https://example.org.", "https://example.org"],
    ["https://example.org/a?b=1&c=2, and", "https://example.org/a?b=1&c=2"],
    ["(https://example.org/a)", "https://example.org/a"],
    ["(see https://en.wikipedia.org/wiki/Chat_(disambiguation))", "https://en.wikipedia.org/wiki/Chat_(disambiguation)"],
    ["[https://example.org/x[1]]!", "https://example.org/x[1]"],
    ["\"https://example.org/a\" <https://example.org/b>", "https://example.org/a"],
    ["*https://example.org/a*…", "https://example.org/a"],
    ["really https://example.org/why?!", "https://example.org/why"],
    ["http://localhost:8000/x http", "http://localhost:8000/x"],
    ["HTTPS://Example.ORG/A", "HTTPS://Example.ORG/A"],
  ]) assert.equal(links(said)[0], link, said)
})

test("Chinese words and their punctuation end an address, or begin one", () => {
  for (const [said, link] of [
    ["见https://example.org/a。谢谢", "https://example.org/a"],
    ["看（https://example.org/a）吧", "https://example.org/a"],
    ["https://example.org/a，还有", "https://example.org/a"],
    ["https://example.org/a请看", "https://example.org/a"],
    ["网址：https://例子.中国/path 好", "https://例子.中国/path"],
    ["「https://example.org/a」", "https://example.org/a"],
    ["https://example.org/%E4%BD%A0%E5%A5%BD！", "https://example.org/%E4%BD%A0%E5%A5%BD"],
    ["https://münchen.example/straße.", "https://münchen.example/straße"],
  ]) assert.equal(links(said)[0], link, said)
})

test("www. is enough, an address within a word is none", () => {
  assert.deepEqual(linkify("www.example.org."), [{ text: "www.example.org", href: "https://www.example.org/" }, { text: "." }])
  for (const said of ["xhttps://example.org", "bob@www.example.org", "www.", "www", "https://", "http:// x", "https://?", "awww.example.org"]) {
    assert.deepEqual(links(said), [], said)
  }
})

test("nothing but http and https is a link, and none that hides where it leads", () => {
  for (const said of [
    "javascript:alert(1)", "JaVaScRiPt://example.org/%0aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
    "ftp://example.org", "//example.org", "https://google.com@evil.example/", "https://a:b@evil.example",
  ]) assert.deepEqual(links(said), [], said)
})

test("signs that turn the writing direction, and invisible ones, end an address", () => {
  assert.deepEqual(links("https://example.org/a\u202egnp.exe"), ["https://example.org/a"])
  assert.deepEqual(links("https://example.org/a\u200bb"), ["https://example.org/a"])
})

test("the parts together are the text, whatever it is", () => {
  for (const said of [
    "", "a https://example.org b\nwww.x.org\n", "https://https://https://", "<b>https://example.org</b>", "😀https://example.org😀",
    "www.www.www.", "((((https://example.org))))", "https://[::1]:80/x https://[", "https://%%%", "\ud800https://example.org",
    "www.".repeat(5_000), `https://a/${")".repeat(20_000)}`, "https://".repeat(2_500), `https://a/${"(".repeat(10_000)}${").".repeat(5_000)}`,
  ]) assert.equal(linkify(said).map(({ text }) => text).join(""), said)
})
