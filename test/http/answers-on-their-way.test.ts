import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { AnswersOnTheirWay } from '../../src/http/answers-on-their-way.ts';

const MIB = 1024 * 1024;

/** Like Node's own response: it is closed once it is sent, or cut off. */
class Sent extends EventEmitter {
  isCut = false;

  destroy(): this {
    this.isCut = true;
    this.emit('close');
    return this;
  }
}

test('answers that clients do not take are 256 MiB at most: the oldest is cut off', () => {
  const onTheirWay = new AnswersOnTheirWay();
  const stuck = Array.from({ length: 100 }, () => new Sent());
  for (const response of stuck) {
    onTheirWay.add(response, { byteLength: 60 * MIB });
    expect(onTheirWay.bytes).toBeLessThanOrEqual(256 * MIB);
  }
  expect(stuck.map(({ isCut }) => isCut).lastIndexOf(true)).toBe(95);
  for (const response of stuck.slice(96)) response.emit('close');
  expect(onTheirWay.bytes).toBe(0);
});

test('one cached body for many clients counts once, until the last has taken it', () => {
  const onTheirWay = new AnswersOnTheirWay();
  const all = Array.from({ length: 1000 }, () => new Sent());
  const body = { byteLength: 30 * MIB };
  for (const response of all) onTheirWay.add(response, body);
  expect(onTheirWay.bytes).toBe(30 * MIB);
  for (const response of all.slice(1)) response.emit('close');
  expect(onTheirWay.bytes).toBe(30 * MIB);
  all[0]?.emit('close');
  expect([onTheirWay.bytes, all.some(({ isCut }) => isCut)]).toEqual([0, false]);
});

test('an answer is not cut off for itself, and answers that were taken make room', () => {
  const onTheirWay = new AnswersOnTheirWay();
  for (let i = 0; i < 1000; i++) {
    const taken = new Sent();
    onTheirWay.add(taken, { byteLength: 64 * MIB });
    taken.emit('close');
    expect([taken.isCut, onTheirWay.bytes]).toEqual([false, 0]);
  }
});
