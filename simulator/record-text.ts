import type { Random } from './random.ts';

/**
 * The members of one CloudTrail record. `identity`, `request`, `response`, `additional`, `resources`,
 * `serviceDetails` and `addendum` are JSON text; the rest is plain text that needs no escaping. An empty text
 * leaves the member out.
 */
export interface RecordMembers {
  /** `1.08` to `1.11`. */
  version: string;
  identity: string;
  time: string;
  source: string;
  name: string;
  region: string;
  ip: string;
  agent: string;
  errorCode: string;
  errorMessage: string;
  request: string;
  response: string;
  additional: string;
  requestId: string;
  eventId: string;
  readOnly: boolean;
  resources: string;
  eventType: string;
  account: string;
  sharedEventId: string;
  serviceDetails: string;
  vpcEndpointId: string;
  addendum: string;
  /** The host name of a TLS connection that the caller itself opened. */
  tlsHost: string;
  fromConsole: boolean;
}

/**
 * One record as CloudTrail writes it, members in its usual order.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function recordText(m: RecordMembers): string {
  return `{"eventVersion":"${m.version}","userIdentity":${m.identity},"eventTime":"${m.time}","eventSource":"${
    m.source
  }","eventName":"${m.name}","awsRegion":"${m.region}","sourceIPAddress":"${m.ip}","userAgent":"${m.agent}",${
    m.errorCode === '' ? '' : `"errorCode":"${m.errorCode}","errorMessage":${m.errorMessage},`
  }"requestParameters":${m.request},"responseElements":${m.response},${
    m.additional === '' ? '' : `"additionalEventData":${m.additional},`
  }${m.requestId === '' ? '' : `"requestID":"${m.requestId}",`}"eventID":"${m.eventId}","readOnly":${
    m.readOnly ? 'true' : 'false'
  },${m.resources === '' ? '' : `"resources":${m.resources},`}"eventType":"${
    m.eventType
  }","managementEvent":true,"recipientAccountId":"${m.account}",${
    m.sharedEventId === '' ? '' : `"sharedEventID":"${m.sharedEventId}",`
  }${m.serviceDetails === '' ? '' : `"serviceEventDetails":${m.serviceDetails},`}${
    m.vpcEndpointId === '' ? '' : `"vpcEndpointId":"${m.vpcEndpointId}",`
  }${m.addendum === '' ? '' : `"addendum":${m.addendum},`}"eventCategory":"Management"${
    m.tlsHost === ''
      ? ''
      : `,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"${m.tlsHost}"}`
  }${m.fromConsole ? ',"sessionCredentialFromConsole":"true"' : ''}}`;
}

/** A record with empty members, to be filled in. */
export function blankRecord(): RecordMembers {
  return {
    version: '1.11',
    identity: '{}',
    time: '',
    source: '',
    name: '',
    region: '',
    ip: '',
    agent: '',
    errorCode: '',
    errorMessage: '""',
    request: 'null',
    response: 'null',
    additional: '',
    requestId: '',
    eventId: '',
    readOnly: true,
    resources: '',
    eventType: 'AwsApiCall',
    account: '',
    sharedEventId: '',
    serviceDetails: '',
    vpcEndpointId: '',
    addendum: '',
    tlsHost: '',
    fromConsole: false,
  };
}

/** The same record with its top-level members in another order, as some deliveries have them. */
export function reordered(text: string, random: Random): string {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) return text;
  const members = Object.entries(parsed);
  for (let i = members.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const one = members[i];
    const other = members[j];
    if (one === undefined || other === undefined) continue;
    members[i] = other;
    members[j] = one;
  }
  return JSON.stringify(Object.fromEntries(members));
}
