import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { UnsentAnswers } from '../../src/http/unsent-answers.ts';

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
  const unsentAnswers = new UnsentAnswers();
  const stuck = Array.from({ length: 100 }, () => new Sent());
  for (const response of stuck) {
    unsentAnswers.add(response, { byteLength: 60 * MIB });
    expect(unsentAnswers.bytes).toBeLessThanOrEqual(256 * MIB);
  }
  expect(stuck.map(({ isCut }) => isCut).lastIndexOf(true)).toBe(95);
  for (const response of stuck.slice(96)) response.emit('close');
  expect(unsentAnswers.bytes).toBe(0);
});

test('one cached body for many clients counts once, until the last has taken it', () => {
  const unsentAnswers = new UnsentAnswers();
  const all = Array.from({ length: 1000 }, () => new Sent());
  const body = { byteLength: 30 * MIB };
  for (const response of all) unsentAnswers.add(response, body);
  expect(unsentAnswers.bytes).toBe(30 * MIB);
  for (const response of all.slice(1)) response.emit('close');
  expect(unsentAnswers.bytes).toBe(30 * MIB);
  all[0]?.emit('close');
  expect([unsentAnswers.bytes, all.some(({ isCut }) => isCut)]).toEqual([0, false]);
});

test('an answer is not cut off for itself, and answers that were taken make room', () => {
  const unsentAnswers = new UnsentAnswers();
  for (let i = 0; i < 1000; i++) {
    const taken = new Sent();
    unsentAnswers.add(taken, { byteLength: 64 * MIB });
    taken.emit('close');
    expect([taken.isCut, unsentAnswers.bytes]).toEqual([false, 0]);
  }
});
