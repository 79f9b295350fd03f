import type { HistoryQuestions, UsageRow } from '../history/query/questions.ts';

/**
 * A history with masked rows, for readers who may see who used which key but not from where and for what. Every question
 * is listed, so that the compiler reports a new one that is missing here.
 */
export function withMaskedDetails(questions: HistoryQuestions): HistoryQuestions {
  return {
    until: (signal) => withMaskedDetails(questions.until(signal)),
    async usage(filter, page) {
      const { items, ...rest } = await questions.usage(filter, page);
      return { items: items.map(maskedRow), ...rest };
    },
    event: async (eventId) => (await questions.event(eventId)).map(maskedRow),
    async key(reference) {
      const found = await questions.key(reference);
      return found === undefined ? undefined : { ...found, timeline: found.timeline.map(maskedRow) };
    },
    summary: (filter, groupBy, page) => questions.summary(filter, groupBy, page),
    covering: (filter) => questions.covering(filter),
    expiredBefore: () => questions.expiredBefore(),
    keys: (page) => questions.keys(page),
    principals: (page) => questions.principals(page),
    principal: (id) => questions.principal(id),
    jobs: (window, page) => questions.jobs(window, page),
    job: (arn) => questions.job(arn),
    ping: () => questions.ping(),
  };
}

/**
 * A row without the values of its encryption context and grant constraints, its address, user agent and VPC endpoint, and
 * without reasons, which quote them. `masked` lists the paths of the removed members.
 */
export function maskedRow(row: UsageRow): UsageRow {
  const { encryptionContext, sourceIp, userAgent, vpcEndpointId, grant, attribution, ...rest } = row;
  const { constraints, ...restOfGrant } = grant ?? {};
  const jobs = attribution.jobs.map(({ reasons: _, ...job }) => job);
  const { reasons, ...restOfAttribution } = attribution;
  const masked = [
    ...namesIn('encryptionContext', encryptionContext),
    ...Object.entries(constraints ?? {}).flatMap(([name, pairs]) =>
      namesIn(`grant.constraints.${name}`, pairs),
    ),
    ...(sourceIp === undefined ? [] : ['sourceIp']),
    ...(userAgent === undefined ? [] : ['userAgent']),
    ...(vpcEndpointId === undefined ? [] : ['vpcEndpointId']),
    ...(attribution.jobs.some((job) => job.reasons !== undefined) ? ['attribution.jobs.reasons'] : []),
    ...(reasons === undefined ? [] : ['attribution.reasons']),
  ];
  return {
    ...rest,
    ...(grant === undefined ? {} : { grant: restOfGrant }),
    ...(masked.length === 0 ? {} : { masked }),
    attribution: { ...restOfAttribution, jobs },
  };
}

/** The paths of the members of a map, whose names may be shown; the path of the map itself when it is empty. */
function namesIn(place: string, pairs: Readonly<Record<string, string>> | undefined): string[] {
  if (pairs === undefined) return [];
  const names = Object.keys(pairs);
  return names.length === 0 ? [place] : names.map((name) => `${place}.${name}`);
}
