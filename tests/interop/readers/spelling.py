# SPDX-License-Identifier: Apache-2.0
"""How engines want names and S3 servers spelled; imports none of them."""


def quoted(columns):
    return ", ".join('"' + name.replace('"', '""') + '"' for name in columns)


def delta_storage(s3):
    """Storage options of delta-rs and what is built on it."""
    if not s3:
        return None
    return {"AWS_ENDPOINT_URL": s3["endpoint"], "AWS_ACCESS_KEY_ID": s3["key"], "AWS_SECRET_ACCESS_KEY": s3["secret"], "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true", "aws_conditional_put": "etag"}


def iceberg_storage(s3):
    """Properties of PyIceberg's file access."""
    if not s3:
        return {}
    return {"s3.endpoint": s3["endpoint"], "s3.access-key-id": s3["key"], "s3.secret-access-key": s3["secret"], "s3.region": "us-east-1",
            "s3.force-virtual-addressing": "false"}
