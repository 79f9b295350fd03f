import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Template, templateSchema } from './template.ts';

const run = promisify(execFile);
export const projectFolder = path.resolve(import.meta.dirname, '../..');

export interface Hub {
  readonly template: Template;
  /** As it is in its file, for programs that read one. */
  readonly templateText: string;
}

let hub: Promise<Hub> | undefined;

/** The hub as `npx serverless package` makes it, in a copy of the project and without any credentials. */
export function packagedHub(): Promise<Hub> {
  hub ??= packageHub();
  return hub;
}

function packageHub(): Promise<Hub> {
  return inACopy(async (folder) => {
    const templateText = await packagedTemplate(folder, 'serverless.yml');
    return { template: templateSchema.parse(JSON.parse(templateText)), templateText };
  });
}

let spoke: Promise<Template> | undefined;

/** `deploy/spoke.yml`, read by the program that reads the hub's files. */
export function readSpoke(): Promise<Template> {
  spoke ??= packageSpoke();
  return spoke;
}

function packageSpoke(): Promise<Template> {
  return inACopy(async (folder) => {
    const file = path.join('deploy', 'spoke.yml');
    await writeFile(
      path.join(folder, 'only-spoke.yml'),
      `service: spoke\nprovider: { name: aws }\nresources: \${file(${file})}\n`,
    );
    return templateSchema.parse(JSON.parse(await packagedTemplate(folder, 'only-spoke.yml')));
  });
}

async function inACopy<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), 'keytrail-deploy-'));
  try {
    for (const name of ['serverless.yml', 'deploy', 'handlers']) {
      await cp(path.join(projectFolder, name), path.join(folder, name), { recursive: true });
    }
    for (const name of ['src', 'node_modules', 'package.json']) {
      await symlink(path.join(projectFolder, name), path.join(folder, name));
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function packagedTemplate(folder: string, config: string): Promise<string> {
  const program = path.join(projectFolder, 'node_modules/serverless/bin/serverless.js');
  const withoutAws = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  await run(process.execPath, [program, 'package', '--config', config], {
    cwd: folder,
    // Its own home: no profile of whoever runs the test is found either.
    env: { ...Object.fromEntries(withoutAws), HOME: folder, NO_COLOR: '1' },
  });
  return readFile(path.join(folder, '.serverless/cloudformation-template-update-stack.json'), 'utf8');
}
