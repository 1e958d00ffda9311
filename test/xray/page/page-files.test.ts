import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const FOLDER = new URL('../../../dist/xray/', import.meta.url);
const text = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');

test('the page is one HTML file, one script, one style sheet and an icon', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(['favicon.svg', 'index.html', 'xray.css', 'xray.js']);
});

test('the page works under a policy without inline scripts, inline styles and eval', () => {
  expect(text('index.html')).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:/);
  expect(text('xray.js')).not.toMatch(/\beval\(|\bnew Function\b|\bFunction\(["'`]/);
});

test('the page loads nothing from another server', () => {
  expect(text('index.html') + text('xray.css')).not.toMatch(/https?:|@import|url\((?!data:)/);
  expect(text('xray.js')).not.toMatch(/\bimportScripts\b|\bimport\(/);
});

test('no text of the page is parsed as HTML', () => {
  expect(text('xray.js')).not.toMatch(/insertAdjacentHTML|document\.write|outerHTML/);
});
