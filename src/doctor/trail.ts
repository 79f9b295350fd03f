import type {
  AdvancedEventSelector,
  EventSelector,
  GetEventSelectorsResponse,
  Trail as TrailDescription,
} from '@aws-sdk/client-cloudtrail';
import type { AdvancedSelector, BasicSelector, TrailSelectors } from '../cloudtrail/trail-selectors.ts';
import type { AwsClients } from './aws-clients.ts';
import { type ReadResult, readFromAws } from './read-result.ts';

/** A trail as a Region lists it, also a shadow of a trail of another Region or of the organisation. */
export interface Trail {
  readonly name: string;
  readonly arn: string;
  readonly homeRegion: string;
  readonly isMultiRegion: boolean;
  readonly isLogging: ReadResult<boolean>;
  readonly selectors: ReadResult<TrailSelectors>;
}

/** Reads every trail that the Region lists, shadow trails included. */
export function readTrails(clients: AwsClients): Promise<ReadResult<readonly Trail[]>> {
  return readFromAws('cloudtrail:DescribeTrails', async () => {
    // A member account sees its organisation's trail as a shadow trail:
    // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
    const { trailList = [] } = await clients.cloudTrail().describeTrails({ includeShadowTrails: true });
    return (await Promise.all(trailList.map((trail) => readTrail(clients, trail)))).flat();
  });
}

async function readTrail(clients: AwsClients, description: TrailDescription): Promise<Trail[]> {
  const { TrailARN: arn, HomeRegion: homeRegion } = description;
  if (arn === undefined || homeRegion === undefined) return [];
  const atHome = clients.cloudTrail(homeRegion);
  const [isLogging, selectors] = await Promise.all([
    // A member of an organisation "must provide the full ARN of that trail, and not just the name".
    readFromAws(
      'cloudtrail:GetTrailStatus',
      async () => (await atHome.getTrailStatus({ Name: arn })).IsLogging === true,
    ),
    readFromAws('cloudtrail:GetEventSelectors', async () =>
      selectorsOf(await atHome.getEventSelectors({ TrailName: arn })),
    ),
  ]);
  return [
    {
      name: description.Name ?? arn,
      arn,
      homeRegion,
      isMultiRegion: description.IsMultiRegionTrail === true,
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

/** An absent member has its default: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html */
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
