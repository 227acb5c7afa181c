import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EXAMPLE, type Run, runReporter } from './reporter.ts';
import type { Scratch } from './scratch.ts';

type BranchFilter = string | { readonly exclude: string };

type Condition = {
  readonly event: string | readonly string[];
  readonly branch?: BranchFilter;
  readonly cron?: string;
  readonly status?: readonly string[];
};

export type Step = {
  readonly name: string;
  readonly image: string;
  readonly commands: readonly string[];
  readonly when: readonly Condition[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
};

export type Pipeline = { readonly steps: readonly Step[]; readonly when: readonly Condition[] };

/** What started a pipeline, and the results of its steps so far. */
export type Trigger = {
  readonly event: string;
  readonly branch: string;
  readonly cron?: string;
  readonly status?: string;
};

export function pipelineOf(text: string): Pipeline {
  return parse(text) as Pipeline;
}

export function shippedPipeline(name: '.woodpecker.yml' | '.woodpecker.pushgateway.yml'): Pipeline {
  return pipelineOf(readFileSync(join(EXAMPLE, name), 'utf8'));
}

export function stepOf(pipeline: Pipeline, name: string): Step {
  const step = pipeline.steps.find((candidate) => candidate.name === name);
  if (step === undefined) throw new Error(`the pipeline has no step ${name}`);
  return step;
}

/** The names of the steps that Woodpecker runs; as there, a step without `status` runs only after successes. */
export function stepsOn(pipeline: Pipeline, trigger: Trigger): readonly string[] {
  if (!pipeline.when.some((condition) => matches(condition, { ...trigger, status: 'success' }))) return [];
  const runs = ({ when }: Step) => when.some((condition) => matches(condition, trigger));
  return pipeline.steps.filter(runs).map(({ name }) => name);
}

function matches(condition: Condition, { event, branch, cron, status = 'success' }: Trigger): boolean {
  return (
    [condition.event].flat().includes(event) &&
    (condition.cron === undefined || condition.cron === cron) &&
    isBranch(condition.branch, branch) &&
    (condition.status ?? (status === 'success' ? [status] : [])).includes(status)
  );
}

function isBranch(filter: BranchFilter | undefined, branch: string): boolean {
  if (filter === undefined) return true;
  return typeof filter === 'string' ? filter === branch : filter.exclude !== branch;
}

/** Runs the commands of a step like Woodpecker: one after the other in one shell, until one fails. */
export async function runStep(
  scratch: Scratch,
  step: Step,
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return runReporter(scratch, {
    command: '/bin/sh',
    args: ['-e', '-c', step.commands.join('\n')],
    env: { CI: 'woodpecker', ...step.environment, ...env },
  });
}
