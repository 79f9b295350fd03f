import { isObject, type Json } from '../oracle/json.ts';

/** Gives out texts that stand nowhere else, and knows where it had them put. */
export class Markers {
  readonly places = new Map<string, string>();

  /** @param place for whoever reads a failure */
  next(place: string): string {
    const marker = `MaRk${(this.places.size + 1).toString().padStart(5, '0')}`;
    this.places.set(marker, place);
    return marker;
  }

  /** The places of the markers that stand in a text. */
  foundIn(text: string): string[] {
    return [...new Set(text.match(/MaRk\d{5}/g))].map((marker) => this.places.get(marker) ?? 'another set');
  }
}

function inside(record: Json, name: string, members: Json): Json {
  const value = record[name];
  return isObject(value) ? { ...record, [name]: { ...value, ...members } } : record;
}

/** A record with markers in whatever it has that the contract does not list. */
export function withUnlistedMarkers(record: Json, markers: Markers): Json {
  if (record['detail-type'] !== undefined) {
    const detail = isObject(record['detail']) ? record['detail'] : {};
    return {
      ...record,
      id: markers.next('envelope id'),
      resources: [markers.next('envelope resources')],
      novelty: { deep: [markers.next('envelope novelty')] },
      detail: withUnlistedMarkers(detail, markers),
    };
  }
  const next = (place: string) => markers.next(place);
  const { eventSource } = record;
  const identity = isObject(record['userIdentity']) ? record['userIdentity'] : undefined;
  const session = isObject(identity?.['sessionContext']) ? identity['sessionContext'] : undefined;
  const issuer = isObject(session?.['sessionIssuer']) ? session['sessionIssuer'] : undefined;
  const marked: Json = {
    ...record,
    requestID: next('requestID'),
    eventVersion: next('eventVersion'),
    apiVersion: next('apiVersion'),
    errorMessage: next('errorMessage'),
    edgeDeviceDetails: { id: next('edgeDeviceDetails') },
    [next('name of an unknown member')]: [{ deep: next('unknown member') }],
    tlsDetails: {
      tlsVersion: next('tlsVersion'),
      cipherSuite: next('cipherSuite'),
      clientProvidedHostHeader: next('clientProvidedHostHeader'),
    },
    ...(identity === undefined
      ? {}
      : {
          userIdentity: {
            ...identity,
            userName: next('userName'),
            accessKeyId: next('accessKeyId'),
            credentialId: next('credentialId'),
            identityProvider: next('identityProvider'),
            [next('name in userIdentity')]: next('userIdentity'),
            ...(session === undefined
              ? {}
              : {
                  sessionContext: {
                    ...session,
                    webIdFederationData: { attributes: { a: next('webIdFederationData') } },
                    ec2RoleDelivery: next('ec2RoleDelivery'),
                    ...(issuer === undefined || issuer['arn'] === undefined
                      ? {}
                      : {
                          sessionIssuer: {
                            ...issuer,
                            userName: next('sessionIssuer.userName'),
                            principalId: next('sessionIssuer.principalId'),
                          },
                        }),
                  },
                }),
          },
        }),
  };
  const opened = [
    'requestParameters',
    'responseElements',
    'additionalEventData',
    'serviceEventDetails',
  ].reduce(
    (whole, name) =>
      inside(whole, name, {
        plaintext: next(`${name}.plaintext`),
        policy: next(`${name}.policy`),
        tags: [{ tagKey: next(`${name}.tags`), tagValue: next(`${name}.tags`) }],
        description: { deep: next(`${name}.description`) },
        [next(`name in ${name}`)]: 1,
      }),
    marked,
  );
  if (eventSource === 'kms.amazonaws.com') return opened;
  return {
    ...opened,
    userAgent: next('userAgent of another service'),
    sourceIPAddress: next('sourceIPAddress of another service'),
    requestParameters: {
      ...(isObject(opened['requestParameters']) ? opened['requestParameters'] : {}),
      environment: { PASSWORD: next('environment') },
      hyperParameters: { [next('name of a hyperparameter')]: next('hyperparameter') },
      tags: [{ key: next('tag key'), value: next('tag value') }],
      algorithmSpecification: {
        containerEntrypoint: [next('containerEntrypoint')],
        containerArguments: [next('containerArguments')],
      },
      primaryContainer: { environment: { TOKEN: next('container environment') } },
    },
  };
}
