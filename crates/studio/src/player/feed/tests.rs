use super::*;

const RATE: u32 = 10_000;
const FADE_FRAMES: usize = 50;

fn feed() -> (Arc<Feed>, Renderer) {
    let feed = Arc::new(Feed::new(RATE, 1.0));
    let renderer = Renderer::new(Arc::clone(&feed), Duration::ZERO);
    (feed, renderer)
}

fn render(renderer: &mut Renderer, frames: usize) -> Vec<f32> {
    let mut out = vec![9.0; frames];
    renderer.render(&mut out, Duration::ZERO);
    out
}

fn ramp(from: usize, count: usize) -> Vec<f32> {
    (from..from + count).map(|n| n as f32 / 1e5).collect()
}

fn largest_step(sound: &[f32]) -> f32 {
    sound
        .windows(2)
        .fold(0.0, |largest, pair| largest.max((pair[1] - pair[0]).abs()))
}

#[test]
fn a_track_played_from_start_to_end_is_exact_to_the_sample() {
    let (feed, mut renderer) = feed();
    feed.jump(0, true);
    feed.write(&[0.9; 120]);
    feed.set_end(Some(120));
    assert_eq!(render(&mut renderer, 30), [0.0; 30], "closed");
    feed.set_open(true);
    assert_eq!(render(&mut renderer, 100), [0.9; 100]);
    let rest = render(&mut renderer, 100);
    assert_eq!(rest[..20], [0.9; 20]);
    assert_eq!(rest[20..], [0.0; 80]);
    assert_eq!(feed.take_underruns(), 0, "the end is no underrun");
}

#[test]
fn a_pause_fades_out_and_resume_fades_in_over_the_same_frames() {
    let (feed, mut renderer) = feed();
    feed.jump(0, true);
    feed.write(&[0.9; 2_000]);
    feed.set_open(true);
    render(&mut renderer, 100);
    feed.set_open(false);
    let pausing = render(&mut renderer, 200);
    assert!(
        largest_step(&pausing) < 0.02,
        "a click of {}",
        largest_step(&pausing)
    );
    assert_eq!(pausing[FADE_FRAMES..], [0.0; 150]);
    assert_eq!(feed.next(), 100, "resuming loses nothing");
    feed.set_open(true);
    let resuming = render(&mut renderer, 200);
    assert!(largest_step(&resuming) < 0.02);
    assert!((resuming[FADE_FRAMES] - 0.9).abs() < 1e-4);
    assert_eq!(feed.next(), 300);
}

#[test]
fn running_dry_is_silence_without_a_click_and_without_advancing() {
    let (feed, mut renderer) = feed();
    feed.jump(0, true);
    feed.write(&[0.8; 100]);
    feed.set_open(true);
    let dry = render(&mut renderer, 400);
    assert!(largest_step(&dry[99..]) < 0.02);
    assert_eq!(dry[200..], [0.0; 200]);
    assert_eq!(
        (feed.next(), feed.take_underruns(), feed.take_starved()),
        (100, 1, true)
    );
    render(&mut renderer, 400);
    assert_eq!(
        (feed.next(), feed.take_underruns()),
        (100, 0),
        "one gap counts once"
    );
    feed.write(&[0.8; 1_000]);
    let back = render(&mut renderer, 400);
    assert!(largest_step(&back) < 0.02);
    assert_eq!(feed.next(), 500);
}

#[test]
fn a_lead_in_is_silence_before_the_exact_start() {
    let feed = Arc::new(Feed::new(RATE, 1.0));
    let mut renderer = Renderer::new(Arc::clone(&feed), Duration::from_millis(3));
    feed.write(&ramp(500, 100));
    feed.jump(0, true);
    feed.set_open(true);
    let sound = render(&mut renderer, 100);
    assert_eq!(sound[..30], [0.0; 30]);
    assert_eq!(sound[30..], ramp(500, 70));
}

#[test]
fn nothing_before_the_first_sound_counts_as_an_underrun() {
    let (feed, mut renderer) = feed();
    feed.set_open(true);
    render(&mut renderer, 400);
    assert_eq!((feed.take_underruns(), feed.take_starved()), (0, false));
}

#[test]
fn a_jump_fades_out_the_old_and_in_the_new_within_one_callback() {
    let (feed, mut renderer) = feed();
    feed.jump(0, true);
    feed.write(&[0.8; 1_000]);
    feed.set_open(true);
    render(&mut renderer, 200);
    feed.write(&[-0.8; 1_000]);
    feed.jump(1_000, false);
    let jumping = render(&mut renderer, 400);
    assert!(largest_step(&jumping) < 0.04);
    assert_eq!(feed.next(), 1_000 + 400 - FADE_FRAMES as u64);
    assert!((jumping[399] + 0.8).abs() < 1e-6);
    assert!(!feed.is_jumping());
}

#[test]
fn the_start_of_a_new_track_is_exact_after_the_old_one_faded() {
    let (feed, mut renderer) = feed();
    feed.jump(0, true);
    feed.write(&[0.8; 1_000]);
    feed.set_open(true);
    render(&mut renderer, 200);
    feed.write(&ramp(5_000, 500));
    feed.jump(1_000, true);
    let sound = render(&mut renderer, 400);
    let start = sound
        .iter()
        .position(|&sample| sample == 0.05)
        .expect("its first sample is there");
    assert_eq!(sound[start..], ramp(5_000, 400 - start));
}

#[test]
fn the_latest_of_several_jumps_counts() {
    let (feed, mut renderer) = feed();
    feed.write(&ramp(0, 1_000));
    feed.jump(100, true);
    feed.jump(700, true);
    feed.set_open(true);
    assert_eq!(render(&mut renderer, 3), ramp(700, 3));
}

#[test]
fn a_change_of_volume_sweeps_and_full_volume_is_exact() {
    let (feed, mut renderer) = feed();
    feed.jump(0, true);
    feed.write(&[0.5; 5_000]);
    feed.set_open(true);
    assert_eq!(render(&mut renderer, 100), [0.5; 100]);
    feed.set_gain(0.1);
    let sweep = render(&mut renderer, 1_000);
    assert!(largest_step(&sweep) < 0.01);
    assert!((sweep[999] - 0.05).abs() < 1e-6);
    feed.set_gain(1.0);
    assert_eq!(render(&mut renderer, 1_000)[999], 0.5);
}

#[test]
fn the_ring_wraps_and_never_overwrites_what_is_still_to_be_played() {
    let (feed, mut renderer) = feed();
    feed.jump(0, true);
    feed.set_open(true);
    let (mut sent, mut got) = (0, Vec::new());
    while got.len() < 200_000 {
        let frames: Vec<f32> = (sent..sent + feed.room()).map(|n| n as f32).collect();
        sent += frames.len();
        feed.write(&frames);
        got.extend(render(&mut renderer, 7_001));
    }
    assert!(
        got.iter()
            .enumerate()
            .all(|(n, &sample)| sample == n as f32)
    );
    assert_eq!(feed.take_underruns(), 0);
}

#[test]
fn what_is_heard_follows_the_latency_the_device_tells() {
    let (feed, mut renderer) = feed();
    feed.jump(0, true);
    feed.write(&[0.5; 5_000]);
    feed.set_open(true);
    let mut out = [0.0; 1_000];
    renderer.render(&mut out, Duration::from_millis(80));
    assert_eq!(feed.heard(Duration::from_millis(40)), Some(0));
    assert_eq!(feed.heard(Duration::from_millis(90)), Some(100));
    assert_eq!(feed.heard(Duration::from_secs(9)), Some(1_000));
}
