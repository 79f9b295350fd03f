import type {
  AdvancedEventSelector,
  EventSelector,
  GetEventSelectorsResponse,
  Trail as TrailAnswer,
} from '@aws-sdk/client-cloudtrail';
import type { AdvancedSelector, BasicSelector, TrailSelectors } from '../../cloudtrail/trail-selectors.ts';
import type { Looked } from '../looked.ts';
import type { Trail } from '../trail.ts';
import { ask } from './ask.ts';
import type { Clients } from './clients.ts';

/** Every trail that the Region knows, also those of other Regions and of the organisation. */
export async function askTrails(clients: Clients): Promise<Looked<readonly Trail[]>> {
  return ask('cloudtrail:DescribeTrails', async () => {
    // "The default is true", but this is what a member account has its organisation's trail by:
    // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
    const { trailList = [] } = await clients.cloudTrail().describeTrails({ includeShadowTrails: true });
    return (await Promise.all(trailList.map((trail) => askTrail(clients, trail)))).flat();
  });
}

async function askTrail(clients: Clients, answer: TrailAnswer): Promise<Trail[]> {
  const { TrailARN: arn, HomeRegion: homeRegion } = answer;
  if (arn === undefined || homeRegion === undefined) return [];
  const atHome = clients.cloudTrail(homeRegion);
  const [isLogging, selectors] = await Promise.all([
    // A member of an organisation "must provide the full ARN of that trail, and not just the name".
    ask(
      'cloudtrail:GetTrailStatus',
      async () => (await atHome.getTrailStatus({ Name: arn })).IsLogging === true,
    ),
    ask('cloudtrail:GetEventSelectors', async () =>
      selectorsOf(await atHome.getEventSelectors({ TrailName: arn })),
    ),
  ]);
  return [
    {
      name: answer.Name ?? arn,
      arn,
      homeRegion,
      isMultiRegion: answer.IsMultiRegionTrail === true,
      isLogging,
      selectors,
    },
  ];
}

function selectorsOf({
  EventSelectors = [],
  AdvancedEventSelectors = [],
}: GetEventSelectorsResponse): TrailSelectors {
  return { basic: EventSelectors.map(basicOf), advanced: AdvancedEventSelectors.map(advancedOf) };
}

/** What is not said has its default: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html */
function basicOf(selector: EventSelector): BasicSelector {
  return {
    readWriteType: selector.ReadWriteType ?? 'All',
    includesManagementEvents: selector.IncludeManagementEvents ?? true,
    excludedSources: selector.ExcludeManagementEventSources ?? [],
  };
}

function advancedOf({ FieldSelectors = [] }: AdvancedEventSelector): AdvancedSelector {
  return FieldSelectors.map((selector) => ({
    field: selector.Field ?? '',
    equals: selector.Equals ?? [],
    startsWith: selector.StartsWith ?? [],
    endsWith: selector.EndsWith ?? [],
    notEquals: selector.NotEquals ?? [],
    notStartsWith: selector.NotStartsWith ?? [],
    notEndsWith: selector.NotEndsWith ?? [],
  }));
}
