// SPDX-License-Identifier: GPL-2.0-only
//
// readers.mjs MODULES DIRECTORY: what packages of npm, below MODULES, read from the
// files in DIRECTORY, as JSON: { file: { reader: figures, or { error } } }.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import zlib from 'node:zlib';

const [modules, directory] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'package.json'));
const out = process.stdout.write.bind(process.stdout);

// Some of them say what they do.
process.stdout.write = process.stderr.write.bind(process.stderr);
console.log = console.info = console.error;

const sorted = (lists) => lists.map((list) => JSON.stringify(list)).sort();

// Nodes: id, name, bytes and more; edges: id, kind, name, id.
function snapshot(nodes, edges) {
	return { nodes: sorted(nodes), edges: sorted(edges) };
}

async function devtools(file) {
	const { parse } = await import(require.resolve('heap-snapshot-toolkit'));
	const heap = await parse(fs.createReadStream(file, 'utf8'));
	const nodes = [], edges = [], more = {};

	for (let i = heap.allNodes(); i.hasNext(); i.next()) {
		const node = i.item();

		nodes.push([node.id(), node.rawName(), node.selfSize()]);
		more[node.id()] = [node.retainedSize(), node.distance(), node.className()];
		for (let j = node.edges(); j.hasNext(); j.next())
			edges.push([node.id(), j.item().type(), String(j.item().name()),
				j.item().node().id()]);
	}
	const figures = { ...snapshot(nodes, edges), more };

	if (heap.profile.snapshot.trace_function_count)
		figures.sites = sorted(heap.allocationTracesTops().map((top) =>
			[top.name, top.scriptName, top.line, top.count, top.size,
				top.liveCount, top.liveSize]));
	const samples = heap.getSamples();

	if (samples)
		figures.samples = [samples.timestamps, samples.lastAssignedIds, samples.sizes];
	return figures;
}

async function memlab(file) {
	const { getFullHeapFromFile } = require('@memlab/heap-analysis');
	const heap = await getFullHeapFromFile(file);
	const nodes = [], edges = [], more = {};

	heap.nodes.forEach((node) => {
		nodes.push([node.id, node.name, node.self_size]);
		more[node.id] = [node.retainedSize];
	});
	heap.edges.forEach((edge) => {
		edges.push([edge.fromNode.id, edge.type, String(edge.name_or_index), edge.toNode.id]);
	});
	return { ...snapshot(nodes, edges), more };
}

function heapsnapshot(file) {
	const heap = require('heapsnapshot').fromFileSync(file);
	// It leaves the names of edges as they are in the file.
	const { strings } = JSON.parse(fs.readFileSync(file, 'utf8'));
	const nodes = [], edges = [];

	for (const node of heap)
		nodes.push([node.id, node.name, node.self_size]);
	for (const edge of heap.edgeIterator())
		edges.push([edge.from.id, edge.type, edge.type === 'element' ?
			String(edge.name_or_index) : strings[edge.name_or_index], edge.to.id]);
	return snapshot(nodes, edges);
}

async function v8heapsnapshot(file) {
	const heap = await require('v8-heapsnapshot').parseSnapshotFromFile(file);

	return snapshot(heap.nodes.map((node) => [node.id, node.name, node.self_size]),
		heap.edges.map((edge) => [edge.from.id, edge.type, String(edge.name), edge.to.id]));
}

// It tells no edges, but how many objects of a name there are, and their bytes.
function vscode(file) {
	const heap = require('@vscode/v8-heap-parser').decode_bytes(fs.readFileSync(file));
	const classes = Object.create(null);

	for (const group of heap.get_class_groups(0, 1000000, true))
		classes[group.name()] = [group.children_len, Number(group.self_size)];
	return { classes };
}

function pprofFormat(file) {
	const { Profile } = require('pprof-format');
	const profile = Profile.decode(zlib.gunzipSync(fs.readFileSync(file)));
	const text = (index) => profile.stringTable.strings[Number(index)];
	const functions = new Map(profile.function.map((it) => [Number(it.id), it]));
	const locations = new Map(profile.location.map((it) => [Number(it.id), it]));

	return {
		types: profile.sampleType.map((it) => [text(it.type), text(it.unit)]),
		usual: text(profile.defaultSampleType),
		time: String(profile.timeNanos),
		samples: sorted(profile.sample.map((sample) => [
			sample.locationId.map((id) => {
				const line = locations.get(Number(id)).line[0];
				const it = functions.get(Number(line.functionId));

				return [text(it.name), text(it.filename), Number(line.line)];
			}),
			sample.value.map(Number),
			sample.label.map((label) => [text(label.key), Number(label.str) ?
				text(label.str) : Number(label.num)]),
		])),
	};
}

let speedscopeImport;

// The package is a page for a browser. Of its script, all that imports files runs here;
// the rest, which draws, does not.
function speedscopeLoad() {
	const release = path.join(path.dirname(require.resolve('speedscope/package.json')),
		'dist/release');
	const script = fs.readdirSync(release).find((name) => /^speedscope-.*\.js$/.test(name));
	let source = fs.readFileSync(path.join(release, script), 'utf8');
	const name = /importProfilesFromArrayBuffer:\(\)=>([\w$]+)/.exec(source);
	const start = source.indexOf('async function', name.index);
	const init = /var ([\w$]+)=re\(\(\)=>\{"use strict";(?:[\w$]+\(\);?)+\}\);var/
		.exec(source.slice(start));
	const cut = start + init.index + init[0].length - 'var'.length;
	const context = { console, TextDecoder, TextEncoder, setTimeout, URL, performance,
		FileReader() {} };

	source = `${source.slice(0, cut)}${init[1]}();globalThis.load=${name[1]};return;` +
		source.slice(cut);
	context.self = context.window = context;
	vm.createContext(context);
	vm.runInContext(source, context);
	return (file, bytes) => {
		const buffer = vm.runInContext(`new ArrayBuffer(${bytes.length})`, context);

		new Uint8Array(buffer).set(bytes);
		return context.load(file, buffer);
	};
}

async function speedscope(file) {
	const kind = file.endsWith('.collapsed') ? 'stack.txt' : '';

	speedscopeImport ??= speedscopeLoad();
	const group = await speedscopeImport(file + kind, fs.readFileSync(file));
	const [profile] = group?.profiles ?? [];
	const frames = [];

	profile?.forEachFrame((frame) => frames.push([frame.name, frame.file ?? '',
		frame.line ?? 0, frame.getSelfWeight(), frame.getTotalWeight()]));
	return { total: profile?.getTotalWeight() ?? 0, frames: sorted(frames) };
}

function stackvis(file) {
	const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
	const Reader = require('stackvis').readerLookup('collapsed');
	const reader = new Reader(fs.createReadStream(file), log);
	const stacks = [];

	return new Promise((resolve) => {
		reader.on('stack', (frames, count) => stacks.push([frames.join(';'), count]));
		reader.on('end', () => resolve({ stacks: sorted(stacks) }));
	});
}

const readers = {
	'.heapsnapshot': { devtools, memlab, heapsnapshot, v8heapsnapshot },
	'.pb.gz': { pprofFormat, speedscope },
	'.collapsed': { speedscope, stackvis },
};
const figures = {};

for (const file of fs.readdirSync(directory)) {
	const suffix = file.slice(file.indexOf('.'));

	for (const [name, read] of Object.entries({ ...readers[suffix],
		...(file === 'vscode.heapsnapshot' && { vscode }) })) {
		figures[file] ??= {};
		try {
			figures[file][name] = await read(path.join(directory, file));
		} catch (error) {
			figures[file][name] = { error: String(error?.stack ?? error) };
		}
	}
}
// Some leave something running.
out(JSON.stringify(figures), () => process.exit(0));
