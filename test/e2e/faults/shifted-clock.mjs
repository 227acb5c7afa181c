// Loaded before the server, it moves its clock by the milliseconds in a file.
import { readFileSync } from 'node:fs';

const realNow = Date.now;
const offset = () => Number(readFileSync(process.env.CLOCK_OFFSET_FILE, 'utf8'));

Date.now = () => realNow() + offset();
