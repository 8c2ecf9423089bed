//! AWS partitions: their regions, and how ARNs and service principals are spelled in them.
//!
//! Pure. The partition of a region follows from the form of its name, so that a region that opens after a release of
//! the provider works without a new release.
//! Follows <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
//! and the `partitions.json` of AWS's SDKs.

/// A group of AWS regions with credentials, ARNs and domain names of its own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// The second field of every ARN, such as `aws-us-gov`.
    pub(crate) id: &'static str,
    /// The domain of endpoints and of regional service principals, such as `amazonaws.com.cn`.
    pub(crate) dns_suffix: &'static str,
    /// The one region of AWS Organizations, also in signatures.
    pub(crate) organizations_region: &'static str,
    /// The names of its regions up to `-<word>-<number>`.
    region_prefixes: &'static [&'static str],
    /// The regions that this release knows. They only explain a failure; any other region is called as well.
    regions: &'static [&'static str],
}

const PARTITIONS: &[Partition] = &[
    Partition {
        id: "aws",
        dns_suffix: "amazonaws.com",
        organizations_region: "us-east-1",
        region_prefixes: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        regions: &[
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
        ],
    },
    Partition {
        id: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        organizations_region: "cn-northwest-1",
        region_prefixes: &["cn"],
        regions: &["cn-north-1", "cn-northwest-1"],
    },
    Partition {
        id: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        organizations_region: "us-gov-west-1",
        region_prefixes: &["us-gov"],
        regions: &["us-gov-east-1", "us-gov-west-1"],
    },
    Partition {
        id: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        organizations_region: "us-iso-east-1",
        region_prefixes: &["us-iso"],
        regions: &["us-iso-east-1", "us-iso-west-1"],
    },
    Partition {
        id: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        organizations_region: "us-isob-east-1",
        region_prefixes: &["us-isob"],
        regions: &["us-isob-east-1", "us-isob-west-1"],
    },
    Partition {
        id: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        organizations_region: "eu-isoe-west-1",
        region_prefixes: &["eu-isoe"],
        regions: &["eu-isoe-west-1"],
    },
    Partition {
        id: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        organizations_region: "us-isof-south-1",
        region_prefixes: &["us-isof"],
        regions: &["us-isof-east-1", "us-isof-south-1"],
    },
    Partition {
        id: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        organizations_region: "eusc-de-east-1",
        region_prefixes: &["eusc-de"],
        regions: &["eusc-de-east-1"],
    },
];

impl Partition {
    /// The partition whose regions are named like `region`; `None` for a name of another form.
    pub(crate) fn of_region(region: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.has_region(region))
    }

    /// The partition with this id; `None` for one that this release does not list.
    pub(crate) fn by_id(id: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.id == id)
    }

    /// The region in the host name of one of AWS's own endpoints, where this release does not know such a region.
    pub(crate) fn unknown_region_of(endpoint: &str) -> Option<&str> {
        let host = endpoint.split_once("://")?.1.split([':', '/']).next()?;
        let in_partition = PARTITIONS.iter().find_map(|partition| {
            let service = host.strip_suffix(partition.dns_suffix)?.strip_suffix('.')?;
            let (_, region) = service.rsplit_once('.')?;
            Some(region)
        });
        let (place, number) = in_partition?.rsplit_once('-')?;
        let is_region = place.contains('-') && number.bytes().all(|b| b.is_ascii_digit());
        let is_known = |region| PARTITIONS.iter().any(|partition| partition.regions.contains(&region));
        in_partition.filter(|region| is_region && !is_known(region))
    }

    /// Whether `region` is named like a region of this partition.
    pub(crate) fn has_region(&self, region: &str) -> bool {
        self.region_prefixes.iter().any(|prefix| {
            region
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix('-'))
                .and_then(|rest| rest.split_once('-'))
                .is_some_and(|(direction, number)| {
                    !direction.is_empty()
                        && direction.bytes().all(|b| b.is_ascii_lowercase())
                        && !number.is_empty()
                        && number.bytes().all(|b| b.is_ascii_digit())
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_region_name_has_its_partition() {
        for (region, id) in [
            ("us-east-1", "aws"),
            ("mx-central-1", "aws"),
            ("ap-southeast-12", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(Partition::of_region(region).map(|p| p.id), Some(id), "{region}");
        }
    }

    #[test]
    fn every_known_region_is_in_the_partition_that_its_name_says() {
        for partition in PARTITIONS {
            assert!(partition.regions.contains(&partition.organizations_region), "{partition:?}");
            for region in partition.regions {
                assert_eq!(Partition::of_region(region).map(|p| p.id), Some(partition.id), "{region}");
            }
        }
    }

    #[test]
    fn only_aws_s_own_endpoints_name_a_region_that_is_unknown() {
        for (endpoint, region) in [
            ("https://sts.eu-west-9.amazonaws.com", Some("eu-west-9")),
            ("https://logs.s3.moon-base-1.amazonaws.com:443", Some("moon-base-1")),
            ("https://ssm.cn-south-1.amazonaws.com.cn", Some("cn-south-1")),
            ("https://sts.eu-west-1.amazonaws.com", None),
            ("https://ssm.cn-north-1.amazonaws.com.cn", None),
            ("https://sts.amazonaws.com", None),
            ("https://s3.amazonaws.com", None),
            ("https://vpce-0123.sts.eu-west-9.vpce.amazonaws.com", None),
            ("https://sts.eu-west-9.example.com", None),
            ("http://127.0.0.1:5000", None),
            ("the endpoint", None),
        ] {
            assert_eq!(Partition::unknown_region_of(endpoint), region, "{endpoint}");
        }
    }

    #[test]
    fn organizations_is_in_a_region_of_its_own_partition() {
        for partition in PARTITIONS {
            assert!(partition.has_region(partition.organizations_region), "{partition:?}");
        }
    }

    #[test]
    fn other_names_have_no_partition() {
        for region in
            ["", "us-east", "us-east-", "us--1", "useast1", "xx-east-1", "us-east-1a", "US-EAST-1", "us-gov-gov-west-1"]
        {
            assert_eq!(Partition::of_region(region), None, "{region:?}");
        }
    }
}
