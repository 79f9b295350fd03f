import { aRole, type Role, sessionIdentity, userIdentity } from './identity.ts';
import { sessionOf, type Who, whoIs } from './sessions.ts';
import type { World } from './world.ts';

export interface Launcher {
  readonly who: Who;
  /** Whether it acts under the role that its jobs run under, as a notebook does. */
  readonly isJobRole: boolean;
  readonly sourceIdentity?: string;
}

/** Who starts a job of this role, some time before `atMs`. */
export function launcherOf(world: World, role: Role, atMs: number): Launcher {
  const { dice, customs, accountId } = world;
  const { partition } = customs;
  const loggedInMs = atMs - dice.between(1, 400) * 60_000;
  const person = dice.pick(['mira', 'jonas', 'sora', 'adaeze']);
  const source = customs.sourceIdentity && dice.chance(0.7) ? { sourceIdentity: person } : {};
  const asRole = (name: string, path: string, session: string): Launcher => {
    const own = aRole(dice.fork(name), partition, accountId, path, name);
    return { who: whoIs(sessionOf(own, session, loggedInMs)), isJobRole: false, ...source };
  };
  switch (customs.launcher) {
    case 'user': {
      const identity = userIdentity(partition, accountId, person);
      return { who: () => identity, isJobRole: false, ...source };
    }
    case 'sso':
      return asRole(
        'AWSReservedSSO_DataScience_0a1b2c3d',
        '/aws-reserved/sso.amazonaws.com/',
        `${person}@example.com`,
      );
    case 'ci':
      return asRole('ml-deploy', '/ci/', 'GitHubActions');
    case 'steps':
      return asRole('StepFunctionsTraining', '/service-role/', dice.fork(loggedInMs).hex(32));
    case 'job-role': {
      const session = { ...sessionOf(role, 'SageMaker', loggedInMs), creation: 'hourly' as const, ...source };
      return { who: (at) => sessionIdentity(session, Math.max(at, loggedInMs)), isJobRole: true, ...source };
    }
    default:
      return customs.launcher satisfies never;
  }
}
