//! A case with more series than a reader wants to see.

use askance_report::{html, terminal};

use crate::fixture::{Dice, Sketch, rich, series};
use crate::markup::assert_balanced;

#[test]
fn five_hundred_series_stay_under_three_megabytes() {
    let mut report = rich();
    let mut dice = Dice::new(11);
    for i in 0..500_u32 {
        let client = format!("10.{}.{}.{}", i / 100, i % 100, i % 250);
        let name = format!("host-{i}.tracking-and-delivery.example");
        let sketch = Sketch {
            tap: "resolver",
            vantage: "resolver-client",
            client: &client,
            party: "",
            name: &name,
            n: 120,
            best: "scheduled-poll",
            others: &["cache-refresh"],
            log10_lr: 1.3,
            verbal: "moderate support",
            office: i % 2 == 0,
        };
        let mut one = series(&sketch, &mut dice);
        one.subject = i < 100;
        report.series.push(one);
    }
    let page = html(&report);
    std::fs::write(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("large.html"), &page)
        .expect("the test directory can be written");
    assert!(page.len() < 3_000_000, "{} octets", page.len());
    assert_balanced(&page);
    assert!(page.contains("Series about other names (403)"));
    assert!(page.contains("103 further series are in the case file only."));
    let text = terminal(&report, 80, false);
    assert!(text.contains("more series in the report"));
    assert!(text.lines().count() < 400, "{}", text.lines().count());
}
