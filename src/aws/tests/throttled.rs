//! Many concurrent callers of a service that allows a few calls per second, in paused time.

use tokio::time::Instant;

use super::*;

const CALLERS: u32 = 20;
const CALLS_OF_EACH: u32 = 4;
const PER_SECOND: f64 = 5.0;

/// The delays are random. This number of rounds makes their sum predictable.
const ROUNDS: u32 = 12;

/// The tokens of one second, and when they were last refilled.
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn takes_token(&mut self) -> bool {
        let now = Instant::now();
        self.tokens = (self.tokens + (now - self.filled).as_secs_f64() * PER_SECOND).min(PER_SECOND);
        self.filled = now;
        let takes = self.tokens >= 1.0;
        if takes {
            self.tokens -= 1.0;
        }
        takes
    }
}

#[tokio::test(start_paused = true)]
async fn twenty_throttled_callers_lose_less_than_a_third_of_the_ideal_time() {
    let bucket = Mutex::new(Bucket { tokens: PER_SECOND, filled: Instant::now() });
    let aws = Scripted::new(move |sent, _| {
        if sent.url.contains("//sts.") {
            user_answer()
        } else if locked(&bucket).takes_token() {
            Answer::Status(200, "{}".to_owned())
        } else {
            Answer::Status(400, r#"{"__type": "ThrottlingException", "message": "Rate exceeded"}"#.to_owned())
        }
    });
    let factory = factory(&aws).await;
    let target = factory.target("us-east-1", None).await.unwrap();
    let caller = async || {
        for _ in 0..CALLS_OF_EACH {
            target.logs.describe_log_groups().send().await.unwrap();
        }
    };
    let start = Instant::now();
    for _ in 0..ROUNDS {
        join_all((0..CALLERS).map(|_| caller())).await;
    }
    let ideal = f64::from(CALLERS * CALLS_OF_EACH * ROUNDS) / PER_SECOND;
    let elapsed = start.elapsed().as_secs_f64();
    assert!(elapsed < ideal * 4.0 / 3.0, "{elapsed} s is too long beside {ideal} s");
}
