//! Where everything goes: a layered drawing from left to right, after Sugiyama, Tagawa and Toda,
//! "Methods for visual understanding of hierarchical system structures" (1981).
//!
//! 1. Every item gets a column: the root the last one, every other item the one before its earliest
//!    user. In a tree all edges then have length one.
//! 2. An edge over several columns passes through a point in each; edges that leave the same item
//!    share their points.
//! 3. Items and points are ordered within their columns so that few edges cross: sorted by the mean
//!    place of their neighbours, to and fro, then pairs are swapped while that helps.
//! 4. They get heights: each as near to its neighbours as its place in the order allows.

use std::ops::Range;

/// What is to be placed; an item stands after its inputs, the root is last.
pub(super) struct Item {
    /// The items that edges come from.
    pub(super) inputs: Vec<usize>,
    /// The width of what stands before the box (the operation's circle); 0 for none.
    pub(super) lead: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Where an item was placed.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) column: usize,
    /// The box's left side.
    pub(super) left: f64,
    /// The box's middle.
    pub(super) middle: f64,
}

/// A column's left and right side; edges are level inside and bend only between columns.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) left: f64,
    pub(super) right: f64,
}

pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) columns: Vec<Column>,
    /// For every item, for every one of its inputs: the heights at which the edge passes through
    /// the columns between.
    pub(super) routes: Vec<Vec<Vec<f64>>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

pub(super) fn layout(items: &[Item]) -> Layout {
    let mut net = Net::new(items);
    net.order();
    let heights = net.heights();

    let columns = net.columns_across(items, &heights);
    let places = (0..items.len())
        .map(|i| {
            let column = net.elements[i].column;
            let Column { left, right } = columns[column];
            let item = &items[i];
            let left = if item.lead == 0.0 { right - item.width } else { left + net.leads[column] };
            Place { column, left, middle: heights[i] }
        })
        .collect();
    let routes = (0..items.len())
        .map(|i| {
            let route = |&input: &usize| {
                let end = net.elements[i].column;
                let points = net.chain(input, end).map(|point| heights[point]);
                points.collect()
            };
            items[i].inputs.iter().map(route).collect()
        })
        .collect();
    let bottoms = items.iter().zip(&heights).map(|(item, middle)| middle + item.height / 2.0);
    Layout {
        places,
        routes,
        width: columns.last().map_or(0.0, |column| column.right),
        height: bottoms.fold(0.0, f64::max).max(heights.iter().copied().fold(0.0, f64::max)),
        columns,
    }
}

/// An item, or a point on an edge that passes through a column.
struct Element {
    column: usize,
    height: f64,
    is_item: bool,
    /// Neighbours one column to the left and to the right.
    left: Vec<usize>,
    right: Vec<usize>,
}

/// Items (first, with the items' own numbers) and points, joined from column to column.
struct Net {
    elements: Vec<Element>,
    /// For every item: its points, column after column.
    points: Vec<Range<usize>>,
    /// The elements of every column, from top to bottom.
    columns: Vec<Vec<usize>>,
    /// For every column: the greatest lead.
    leads: Vec<f64>,
    /// For every element: the neighbour to the right with which it is to stand level.
    onward: Vec<Option<usize>>,
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

impl Element {
    fn neighbours(&self, side: Side) -> &[usize] {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }
}

impl Net {
    fn new(items: &[Item]) -> Self {
        let mut to_root = vec![0; items.len()];
        for (i, item) in items.iter().enumerate().rev() {
            for &input in &item.inputs {
                to_root[input] = to_root[input].max(to_root[i] + 1);
            }
        }
        let last = to_root.iter().copied().max().unwrap_or(0);
        let element =
            |column, height, is_item| Element { column, height, is_item, left: Vec::new(), right: Vec::new() };
        let mut elements: Vec<Element> =
            items.iter().zip(&to_root).map(|(item, to_root)| element(last - to_root, item.height, true)).collect();

        let mut latest_user: Vec<usize> = elements.iter().map(|e| e.column).collect();
        for (i, item) in items.iter().enumerate() {
            for &input in &item.inputs {
                latest_user[input] = latest_user[input].max(elements[i].column);
            }
        }
        let mut points = Vec::with_capacity(items.len());
        let mut columns = vec![Vec::new(); last + 1];
        let mut leads = vec![0.0; last + 1];
        for i in 0..items.len() {
            let column = elements[i].column;
            columns[column].push(i);
            leads[column] = items[i].lead.max(leads[column]);
            let first = elements.len();
            for between in column + 1..latest_user[i] {
                columns[between].push(elements.len());
                elements.push(element(between, 0.0, false));
            }
            points.push(first..elements.len());
        }

        let onward = vec![None; elements.len()];
        let mut net = Self { elements, points, columns, leads, onward };
        for i in 0..items.len() {
            let points = net.points[i].clone();
            let mut from = i;
            for point in points {
                net.join(from, point);
                from = point;
            }
        }
        for (i, item) in items.iter().enumerate() {
            for &input in &item.inputs {
                let from = net.chain(input, net.elements[i].column).last().unwrap_or(input);
                net.join(from, i);
            }
        }
        net.choose_onward(items);
        net
    }

    /// Points of an edge are to stand level, and a result with that input that has come the longest
    /// way (with neither, where two have come equally far).
    fn choose_onward(&mut self, items: &[Item]) {
        for points in &self.points {
            for point in points.clone().skip(1) {
                self.onward[point - 1] = Some(point);
            }
        }
        let mut depth = vec![0; items.len()];
        for (i, item) in items.iter().enumerate() {
            let deepest = item.inputs.iter().map(|&input| depth[input]).max();
            depth[i] = deepest.map_or(0, |deepest| deepest + 1);
            let mut candidates = item.inputs.iter().filter(|&&input| Some(depth[input]) == deepest);
            if let (Some(&input), None) = (candidates.next(), candidates.next())
                && self.elements[input].column + 1 == self.elements[i].column
                && self.onward[input].is_none()
            {
                self.onward[input] = Some(i);
            }
        }
    }

    fn join(&mut self, from: usize, to: usize) {
        if !self.elements[from].right.contains(&to) {
            self.elements[from].right.push(to);
            self.elements[to].left.push(from);
        }
    }

    /// The points of an item's edge on its way to column `end`.
    fn chain(&self, item: usize, end: usize) -> Range<usize> {
        let first = self.points[item].start;
        let between = end - self.elements[item].column - 1;
        first..first + between
    }

    /// Step 3. The order that `new` leaves, the items' own, is free of crossings for a tree.
    fn order(&mut self) {
        let mut best = self.columns.clone();
        let mut fewest = self.crossings();
        let mut positions = self.positions();
        for round in 0..24 {
            if fewest == 0 {
                break;
            }
            let from_left = round % 2 == 0;
            for k in 0..self.columns.len() {
                let (column, side) =
                    if from_left { (k, Side::Left) } else { (self.columns.len() - 1 - k, Side::Right) };
                self.sort_by_neighbours(column, side, &mut positions);
            }
            let crossings = self.crossings();
            if crossings < fewest {
                fewest = crossings;
                best = self.columns.clone();
            }
        }
        self.columns = best;
        self.swap_pairs();
    }

    /// Every element's place within its column.
    fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.elements.len()];
        for column in &self.columns {
            for (position, &element) in column.iter().enumerate() {
                positions[element] = position;
            }
        }
        positions
    }

    /// Sorts a column by the mean place of its neighbours on one side; an element with none there
    /// stays where it is.
    fn sort_by_neighbours(&mut self, column: usize, side: Side, positions: &mut [usize]) {
        let order = &self.columns[column];
        let mut keyed: Vec<(f64, usize)> = Vec::new();
        for &element in order {
            let neighbours = self.elements[element].neighbours(side);
            if !neighbours.is_empty() {
                let sum: usize = neighbours.iter().map(|&n| positions[n]).sum();
                keyed.push((sum as f64 / neighbours.len() as f64, element));
            }
        }
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sorted = keyed.into_iter();
        let elements = &self.elements;
        for (position, slot) in self.columns[column].iter_mut().enumerate() {
            if !elements[*slot].neighbours(side).is_empty()
                && let Some((_, element)) = sorted.next()
            {
                *slot = element;
            }
            positions[*slot] = position;
        }
    }

    /// How many pairs of edges cross (Barth, Mutzel, Jünger: "Simple and efficient bilayer cross
    /// counting", 2004).
    fn crossings(&self) -> usize {
        let positions = self.positions();
        let mut crossings = 0;
        for pair in self.columns.windows(2) {
            // Edges by their left end; two cross when their right ends stand the other way round.
            let mut tree = vec![0usize; pair[1].len() + 1];
            let mut counted = 0;
            for &element in &pair[0] {
                let mut ends: Vec<usize> = self.elements[element].right.iter().map(|&n| positions[n]).collect();
                ends.sort_unstable();
                for &end in &ends {
                    let mut not_beyond = 0;
                    let mut k = end + 1;
                    while k > 0 {
                        not_beyond += tree[k];
                        k &= k - 1;
                    }
                    crossings += counted - not_beyond;
                }
                for &end in &ends {
                    let mut k = end + 1;
                    while k < tree.len() {
                        tree[k] += 1;
                        k += k & k.wrapping_neg();
                    }
                    counted += 1;
                }
            }
        }
        crossings
    }

    /// Swaps neighbours in a column while that takes crossings away.
    fn swap_pairs(&mut self) {
        let mut positions = self.positions();
        for _ in 0..10 {
            let mut improved = false;
            for column in 0..self.columns.len() {
                for k in 1..self.columns[column].len() {
                    let (upper, lower) = (self.columns[column][k - 1], self.columns[column][k]);
                    let (now, swapped) = self.crossings_of_pair(upper, lower, &positions);
                    if swapped < now {
                        self.columns[column].swap(k - 1, k);
                        positions.swap(upper, lower);
                        improved = true;
                    }
                }
            }
            if !improved {
                break;
            }
        }
    }

    /// Crossings between the edges of two elements of a column, as they stand and swapped.
    fn crossings_of_pair(&self, upper: usize, lower: usize, positions: &[usize]) -> (usize, usize) {
        let (mut now, mut swapped) = (0, 0);
        for side in [Side::Left, Side::Right] {
            for &u in self.elements[upper].neighbours(side) {
                for &l in self.elements[lower].neighbours(side) {
                    now += usize::from(positions[u] > positions[l]);
                    swapped += usize::from(positions[u] < positions[l]);
                }
            }
        }
        (now, swapped)
    }

    /// Step 4: the middle of every element, the topmost box at 0. Column after column, to and fro,
    /// each as a whole goes where the sum of its squared distances to its neighbours is least.
    fn heights(&self) -> Vec<f64> {
        const ROUNDS: usize = 60;
        let mut heights = vec![0.0; self.elements.len()];
        for column in &self.columns {
            let mut y = 0.0;
            for pair in column.windows(2) {
                y += self.distance(pair[0], pair[1]);
                heights[pair[1]] = y;
            }
        }
        for round in 0..2 * ROUNDS {
            let leftwards = round % 2 == 0;
            for k in 0..self.columns.len() {
                let k = if leftwards { self.columns.len() - 1 - k } else { k };
                self.settle(&self.columns[k], &mut heights);
            }
        }
        self.straighten(&mut heights);
        let tops = self.elements.iter().zip(&heights).map(|(e, middle)| middle - e.height / 2.0);
        let top = tops.fold(f64::INFINITY, f64::min);
        heights.iter().map(|middle| middle - top).collect()
    }

    /// How far two neighbours in a column keep apart, from middle to middle.
    fn distance(&self, upper: usize, lower: usize) -> f64 {
        let (upper, lower) = (&self.elements[upper], &self.elements[lower]);
        let gap = match (upper.is_item, lower.is_item) {
            (true, true) => 14.0,
            (false, false) => 8.0,
            _ => 10.0,
        };
        (upper.height + lower.height) / 2.0 + gap
    }

    /// How much an edge wants to be level.
    fn weight(&self, from: usize, to: usize) -> f64 {
        let between_items = self.elements[from].is_item && self.elements[to].is_item;
        match self.onward[from] == Some(to) {
            true => 50.0,
            false if between_items => 1.0,
            false => 4.0,
        }
    }

    /// Sets runs of elements that are to stand level to one height, as far as there is room.
    fn straighten(&self, heights: &mut [f64]) {
        let mut above = vec![None; self.elements.len()];
        let mut below = vec![None; self.elements.len()];
        for column in &self.columns {
            for pair in column.windows(2) {
                below[pair[0]] = Some(pair[1]);
                above[pair[1]] = Some(pair[0]);
            }
        }
        let mut is_start = vec![true; self.elements.len()];
        for &next in self.onward.iter().flatten() {
            is_start[next] = false;
        }
        for start in (0..self.elements.len()).filter(|&element| is_start[element]) {
            let mut next = Some(start);
            while let Some(first) = next {
                // As many as find room at one height.
                let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
                let mut run = Vec::new();
                next = Some(first);
                while let Some(element) = next {
                    let top = above[element].map_or(low, |n| heights[n] + self.distance(n, element));
                    let bottom = below[element].map_or(high, |n| heights[n] - self.distance(element, n));
                    if low.max(top) > high.min(bottom) {
                        break;
                    }
                    (low, high) = (low.max(top), high.min(bottom));
                    run.push(element);
                    next = self.onward[element];
                }
                if run.is_empty() {
                    // No room but its own place, to the last digit.
                    next = self.onward[first];
                    continue;
                }
                let mean = run.iter().map(|&element| heights[element]).sum::<f64>() / run.len() as f64;
                for element in run {
                    heights[element] = mean.clamp(low, high);
                }
            }
        }
    }

    /// Moves one column's elements, in their order, as near as they can be to their neighbours.
    fn settle(&self, column: &[usize], heights: &mut [f64]) {
        // With the distances d that must be kept taken off, "in order and far enough apart" becomes
        // "not decreasing": isotonic regression, solved by pooling neighbours that violate it.
        struct Pool {
            weight: f64,
            mean: f64,
            count: usize,
        }
        let mut pools: Vec<Pool> = Vec::with_capacity(column.len());
        let mut offsets = Vec::with_capacity(column.len());
        let mut offset = 0.0;
        for (k, &element) in column.iter().enumerate() {
            if k > 0 {
                offset += self.distance(column[k - 1], element);
            }
            offsets.push(offset);
            let (mut weight, mut sum) = (0.0, 0.0);
            for &n in &self.elements[element].left {
                weight += self.weight(n, element);
                sum += self.weight(n, element) * heights[n];
            }
            for &n in &self.elements[element].right {
                weight += self.weight(element, n);
                sum += self.weight(element, n) * heights[n];
            }
            let wanted = if weight > 0.0 { sum / weight } else { heights[element] };
            let mut pool = Pool { weight: weight.max(1e-6), mean: wanted - offset, count: 1 };
            while let Some(above) = pools.pop_if(|above| above.mean > pool.mean) {
                let weight = above.weight + pool.weight;
                pool.mean = (above.weight * above.mean + pool.weight * pool.mean) / weight;
                pool.weight = weight;
                pool.count += above.count;
            }
            pools.push(pool);
        }
        let means = pools.iter().flat_map(|pool| std::iter::repeat_n(pool.mean, pool.count));
        for ((&element, offset), mean) in column.iter().zip(offsets).zip(means) {
            heights[element] = mean + offset;
        }
    }

    /// Left and right side of every column: wide enough for its boxes, and the wider apart the
    /// steeper the edges between.
    fn columns_across(&self, items: &[Item], heights: &[f64]) -> Vec<Column> {
        let mut sides = Vec::with_capacity(self.columns.len());
        let mut x = 0.0;
        for (k, column) in self.columns.iter().enumerate() {
            let (mut width, mut steepest) = (0.0f64, 0.0f64);
            for &element in column {
                if let Some(item) = items.get(element) {
                    let lead = if item.lead == 0.0 { 0.0 } else { self.leads[k] };
                    width = width.max(lead + item.width);
                }
                for &n in &self.elements[element].right {
                    steepest = steepest.max((heights[n] - heights[element]).abs());
                }
            }
            sides.push(Column { left: x, right: x + width });
            x += width + (24.0 + 0.15 * steepest).clamp(32.0, 160.0);
        }
        sides
    }
}
