import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that start the program mostly wait for it: they come first, so that none of them is what a run waits for last. */
export class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waits = ({ moduleId }: TestSpecification) => moduleId.includes('/test/e2e/');
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))];
  }
}
